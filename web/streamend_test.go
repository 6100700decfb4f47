package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// watcher is somebody with every kind of stream open.
type watcher struct {
	by            tenant.Actor
	token         string
	pages, others []*stream
}

// ending is an act after which somebody may see less: which kinds of stream it ends, and what is left afterwards.
type ending struct {
	name        string
	pages, api  bool
	act         func(t *testing.T, w *world, lead tenant.Actor, who *watcher) error
	stillSignIn bool // the person may open the page again, as what the person is now
}

var endings = []ending{
	{"demoted", true, true, func(t *testing.T, w *world, lead tenant.Actor, who *watcher) error {
		return w.app.People.SetRole(t.Context(), lead, who.by.User, tenant.Viewer)
	}, true},
	{"promoted", true, true, func(t *testing.T, w *world, lead tenant.Actor, who *watcher) error {
		return w.app.People.SetRole(t.Context(), lead, who.by.User, tenant.Lead)
	}, true},
	{"removed", true, true, func(t *testing.T, w *world, lead tenant.Actor, who *watcher) error {
		return w.app.People.RemoveMember(t.Context(), lead, who.by.User)
	}, false},
	{"removed by a command", true, true, func(t *testing.T, w *world, _ tenant.Actor, who *watcher) error {
		return w.app.People.DropMember(t.Context(), "alpha", who.by.Name+"@example.org")
	}, false},
	{"left", true, true, func(t *testing.T, w *world, _ tenant.Actor, who *watcher) error {
		return w.app.People.LeaveTeam(t.Context(), who.by)
	}, false},
	{"deactivated", true, true, func(t *testing.T, w *world, _ tenant.Actor, who *watcher) error {
		return w.app.People.DeactivatePerson(t.Context(), appkernel.Operator(), who.by.User)
	}, false},
	{"reset", true, false, func(t *testing.T, w *world, _ tenant.Actor, who *watcher) error {
		_, err := w.app.People.ResetPerson(t.Context(), appkernel.Operator(), who.by.User)
		return err
	}, false},
	{"logins revoked", true, false, func(t *testing.T, w *world, _ tenant.Actor, who *watcher) error {
		return revokeAll(w, who.by.Name+"@example.org")
	}, false},
	{"token revoked", false, true, func(t *testing.T, w *world, _ tenant.Actor, who *watcher) error {
		return w.app.People.RevokeToken(t.Context(), who.by, tokenID(t, w, who))
	}, true},
	{"token ended by a lead", false, true, func(t *testing.T, w *world, lead tenant.Actor, who *watcher) error {
		return w.app.People.RevokeMemberToken(t.Context(), lead, tokenID(t, w, who))
	}, true},
	{"token expired", false, true, func(t *testing.T, w *world, _ tenant.Actor, who *watcher) error {
		dbtest.Exec(t, w.db, `UPDATE api_tokens SET expires_at = 1 WHERE user_id = $1`, string(who.by.User))
		return nil
	}, true},
	// Another server on the same data, or a hand in the database, rings no bell here.
	{"removed elsewhere", true, true, func(t *testing.T, w *world, _ tenant.Actor, who *watcher) error {
		dbtest.Exec(t, w.db, `DELETE FROM memberships WHERE user_id = $1`, string(who.by.User))
		return nil
	}, false},
	{"the team deactivated elsewhere", true, true, func(t *testing.T, w *world, lead tenant.Actor, _ *watcher) error {
		dbtest.Exec(t, w.db, `UPDATE tenants SET is_active = 0 WHERE id = $1`, string(lead.Tenant))
		return nil
	}, true},
}

// T-06, T-13: whatever takes somebody a right, every stream that it opened ends within the two seconds that the product
// promises, and what is asked for afterwards is answered as to who the person is now.
func TestT13StreamsEndWithWhatOpenedThem(t *testing.T) {
	t.Parallel()
	for _, e := range endings {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withAPI)
			lead := crew(t, w, "alpha")
			work := w.session(lead, "Port the ledger", false)
			b, who := w.watcher("ann", string(work.ID))
			if err := e.act(t, w, lead, who); err != nil {
				t.Fatal(err)
			}
			within := time.Now().Add(2 * time.Second)
			if e.pages {
				for _, s := range who.pages {
					if m := last(s.end(time.Until(within))); m.name != "gone" {
						t.Errorf("the last message of a page's stream is %+v, want gone", m)
					}
				}
			}
			if e.api {
				for _, s := range who.others {
					s.end(time.Until(within))
				}
				w.afterwards(t, e, who, string(work.ID))
			}
			if got := b.get("/t/alpha"); (got.StatusCode == http.StatusOK) != e.stillSignIn {
				t.Errorf("the page afterwards: status %d", got.StatusCode)
			}
		})
	}
}

// watcher makes a member who watches a session and a team on pages, and the session by a token.
func (w *world) watcher(name, work string) (*browser, *watcher) {
	w.t.Helper()
	w.person("alpha", name, tenant.Member)
	who := &watcher{by: w.actor("alpha", name)}
	text, _, err := w.app.People.CreateToken(context.Background(), who.by, "ci", apitoken.Run, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	b := w.signedIn(name)
	who.token = text
	who.pages = []*stream{b.stream("/t/alpha/sessions/" + work + "/stream"), b.stream("/t/alpha/stream?view=sessions")}
	who.others = []*stream{w.browser().stream("/api/v1/sessions/"+work+"/events", "Authorization", "Bearer "+text, "Accept", "text/event-stream")}
	return b, who
}

// afterwards resumes the API's stream: it is refused, or opened as what the token is worth now.
func (w *world) afterwards(t *testing.T, e ending, who *watcher, work string) {
	t.Helper()
	got := w.browser().get("/api/v1/me", "Authorization", "Bearer "+who.token)
	if works := e.stillSignIn && !strings.HasPrefix(e.name, "token"); (got.StatusCode == http.StatusOK) != works {
		t.Errorf("the token afterwards: status %d\n%s", got.StatusCode, got.body)
	} else if !works {
		w.browser().get("/api/v1/sessions/"+work+"/events", "Authorization", "Bearer "+who.token, "Accept", "text/event-stream", "Last-Event-ID", "1").want(t, http.StatusUnauthorized)
	}
}

func tokenID(t *testing.T, w *world, who *watcher) string {
	t.Helper()
	all, err := w.app.People.Tokens(t.Context(), who.by)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d tokens, %v", len(all), err)
	}
	return all[0].ID
}

func revokeAll(w *world, email string) error {
	u, err := w.app.People.ActorByEmail(context.Background(), "alpha", email)
	if err != nil {
		return err
	}
	logins, err := w.app.People.Logins(context.Background(), u.User)
	for _, l := range logins {
		if err := w.app.People.RevokeLogin(context.Background(), u.User, l.ID); err != nil {
			return err
		}
	}
	return err
}
