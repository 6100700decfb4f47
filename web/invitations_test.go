package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// invites is the path of a new invitation's link, as a lead reads it off the page.
func (b *browser) invites(t *testing.T, email, role string) string {
	t.Helper()
	d := b.act("alpha", "/invitations", url.Values{"email": {email}, "role": {role}}).want(t, http.StatusCreated).doc(t)
	link := d.Find("#new-link").Text()
	path, ok := strings.CutPrefix(link, b.w.base)
	if !ok || !strings.HasPrefix(path, "/invitations/") {
		t.Fatalf("the link is %q", link)
	}
	if again := b.get("/t/alpha/people").body; strings.Contains(again, path) || !strings.Contains(again, email) {
		t.Error("the link is shown twice, or the invitation is not listed")
	}
	return path
}

func TestAnInvitedPersonJoinsByTheLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	path := w.signedIn("lead-alpha").invites(t, "zoë@example.org", "member")
	b := w.browser()
	b.get(path).want(t, http.StatusOK)
	d := b.post(path, url.Values{"name": {"Зоя"}, "password": {"short"}}).want(t, http.StatusUnprocessableEntity).doc(t)
	if d.Find("#f-name").AttrOr("value", "") != "Зоя" || d.Find("#f-password-fault").Length() == 0 {
		t.Error("a refused form does not keep the name with the password's fault")
	}
	to := b.post(path, url.Values{"name": {"Зоя"}, "password": {password}}).want(t, http.StatusSeeOther).Header.Get("Location")
	if d := b.get(to).want(t, http.StatusOK).doc(t); !strings.Contains(d.Find(".toast").Text(), "Welcome") {
		t.Errorf("joining leads to %s, which does not say welcome", to)
	}
	stranger := w.browser()
	used := stranger.get(path).want(t, http.StatusForbidden).body
	for _, link := range []string{path + "x", "/invitations/none"} {
		if got := stranger.get(link).want(t, http.StatusForbidden).body; got != used {
			t.Errorf("%s answers otherwise than a used link", link)
		}
	}
	stranger.post(path, url.Values{"name": {"Eve"}, "password": {password}}).want(t, http.StatusForbidden)
}

func TestAKnownPersonSignsInToJoin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	w.person("", "ann", "")
	w.person("", "eve", "")
	path := w.signedIn("lead-alpha").invites(t, "ANN@example.org", "viewer")
	d := w.browser().get(path).want(t, http.StatusOK).doc(t)
	if d.Find("main form").Length() != 0 || d.Find(`a[href="/login?next=`+path+`"]`).Length() != 1 {
		t.Error("a known address is not asked to sign in")
	}
	w.browser().post(path, url.Values{"name": {"Eve"}, "password": {password}}).want(t, http.StatusConflict)
	w.browser().post(path+"/accept", nil).want(t, http.StatusSeeOther)
	eve := w.signedIn("eve")
	if d := eve.get(path).doc(t); d.Find(`form[action$="/accept"]`).Length() != 0 || !strings.Contains(d.Text(), "You are signed in as eve@example.org") {
		t.Error("somebody else is offered the invitation")
	}
	eve.post(path+"/accept", url.Values{"csrf": {eve.csrf()}}).want(t, http.StatusForbidden)
	ann := w.signedIn("ann")
	if n := ann.get(path).doc(t).Find(`form[action="` + path + `/accept"]`).Length(); n != 1 {
		t.Error("the invited person is not offered to accept")
	}
	ann.post(path+"/accept", url.Values{"csrf": {ann.csrf()}}).want(t, http.StatusSeeOther)
	ann.get("/t/alpha").want(t, http.StatusOK)
	ann.post(path+"/accept", url.Values{"csrf": {ann.csrf()}}).want(t, http.StatusForbidden)
}

func TestLeadsChangeAndRemovePeopleAndTheLastStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	lead, member := w.signedIn("lead-alpha"), w.signedIn("member-alpha")
	of := func(name string) string { return "/people/" + string(w.actor("alpha", name).User) }
	lead.act("alpha", of("member-alpha")+"/role", url.Values{"role": {"viewer"}}).want(t, http.StatusSeeOther)
	if w.actor("alpha", "member-alpha").Role != tenant.Viewer {
		t.Error("the role did not change")
	}
	member.act("alpha", of("member-alpha")+"/role", url.Values{"role": {"lead"}}).want(t, http.StatusForbidden)
	for _, act := range []string{"/people/leave", of("lead-alpha") + "/remove", of("lead-alpha") + "/role"} {
		if page := lead.act("alpha", act, url.Values{"role": {"member"}}).want(t, http.StatusConflict); !strings.Contains(page.body, "You are the last lead of this team") {
			t.Errorf("%s does not say why", act)
		}
	}
	lead.act("alpha", of("viewer-alpha")+"/remove", nil).want(t, http.StatusSeeOther)
	member.act("alpha", "/people/leave", nil).want(t, http.StatusSeeOther)
	member.get("/t/alpha").want(t, http.StatusNotFound)
}

// The product promises two seconds; the bell makes it at once.
func TestPagesEndWithThePersonsRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	ctx := t.Context()
	for name, end := range map[string]func(tenant.UserID) error{
		"removed":     func(u tenant.UserID) error { return w.app.People.RemoveMember(ctx, a, u) },
		"demoted":     func(u tenant.UserID) error { return w.app.People.SetRole(ctx, a, u, tenant.Viewer) },
		"deactivated": func(u tenant.UserID) error { return w.app.People.DeactivatePerson(ctx, appkernel.Operator(), u) },
		"reset": func(u tenant.UserID) error {
			_, err := w.app.People.ResetPerson(ctx, appkernel.Operator(), u)
			return err
		},
	} {
		u := w.person("alpha", name, tenant.Member)
		b := w.signedIn(name)
		streams := []*stream{b.stream("/t/alpha/sessions/" + string(work.ID) + "/stream"), b.stream("/t/alpha/stream?view=sessions")}
		for _, s := range streams {
			s.until("the first message", func(message) bool { return true })
		}
		if err := end(u.ID); err != nil {
			t.Fatal(err)
		}
		for _, s := range streams {
			if m := last(s.end(2 * time.Second)); m.name != "gone" {
				t.Errorf("%s: the last message is %+v, want gone", name, m)
			}
		}
	}
}

func TestAResetLinkSetsAPasswordOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("alpha", "ann", tenant.Lead)
	held := w.signedIn("ann")
	token, err := w.app.People.ResetPerson(t.Context(), appkernel.Operator(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	held.get("/account").want(t, http.StatusSeeOther)
	b := w.browser()
	b.get("/reset/"+token).want(t, http.StatusOK)
	b.post("/reset/"+token, url.Values{"password": {"short"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/reset/"+token, url.Values{"password": {password + "!"}}).want(t, http.StatusSeeOther)
	b.get("/t/alpha").want(t, http.StatusOK)
	w.browser().get("/reset/"+token).want(t, http.StatusForbidden)
	w.browser().post("/reset/"+token, url.Values{"password": {password}}).want(t, http.StatusForbidden)
}
