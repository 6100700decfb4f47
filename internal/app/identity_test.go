package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// vouching is an identity provider that confirms whatever the test sets. The real client is tested in internal/oidc and web.
type vouching struct{ proof user.Proof }

func (v *vouching) NewVerifier() string { return "verifier" }

func (v *vouching) AuthURL(_ context.Context, state, nonce, _ string) (string, error) {
	return "https://login.example.org/?state=" + state + "&nonce=" + nonce, nil
}

func (v *vouching) Prove(context.Context, string, string, string) (user.Proof, error) {
	return v.proof, nil
}

func (v *vouching) EndURL(_ context.Context, back string) string {
	return "https://login.example.org/end?back=" + back
}

const issuer = "https://login.example.org"

// elsewhere returns a house with an identity provider.
func (h *house) elsewhere(o apppeople.OIDC) *vouching {
	v := &vouching{proof: user.Proof{Issuer: issuer, Subject: "sub-1", Email: "new@example.org", EmailVerified: true, Name: "New"}}
	o.Provider, o.Issuer, o.Label, o.LoginFor = v, issuer, "Foundry ID", 12*time.Hour
	h.app = app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), OIDC: &o})
	return v
}

// arrives signs in with what the provider vouches for now.
func (h *house) arrives() (user.Login, user.User, error) {
	h.t.Helper()
	f, _, err := h.app.People.BeginIdentity(h.t.Context(), "/", "")
	ok(h.t, err)
	return h.app.People.SignInByIdentity(h.t.Context(), f, apppeople.ProviderReturn{Code: "code", State: f.State}, "192.0.2.1", "browser")
}

// memberships are a person's teams as "slug role origin".
func (h *house) memberships(u tenant.UserID) []string {
	h.t.Helper()
	return dbtest.Rows(h.t, h.d, fmt.Sprintf(`SELECT t.slug || ' ' || m.role || ' ' || m.origin FROM memberships m JOIN tenants t ON t.id = m.tenant_id WHERE m.user_id = '%s' ORDER BY 1`, u))
}

func (h *house) wantMemberships(u tenant.UserID, want ...string) {
	h.t.Helper()
	if got := h.memberships(u); !slices.Equal(got, want) {
		h.t.Errorf("memberships %q, want %q", got, want)
	}
}

var devs = []user.GroupRule{{Group: "devs", Slug: "alpha", Role: tenant.Member}, {Group: "heads", Slug: "alpha", Role: tenant.Lead}, {Group: "devs", Slug: "beta", Role: tenant.Viewer}}

func TestWhoAProviderKnowsMustBeWantedHere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.elsewhere(apppeople.OIDC{Rules: devs})
		_, _, err := h.arrives()
		refused(t, "nobody's guest", err, fault.Forbidden)
		v.proof.Groups = []string{"devs"}
		l, u, err := h.arrives()
		ok(t, err)
		if l.Via != user.ByProvider || l.Expires.Sub(h.clock.Now()) != 12*time.Hour || u.PasswordHash != "" || u.Email != "new@example.org" || u.Name != "New" {
			t.Errorf("made %+v with %+v", u, l)
		}
		h.wantMemberships(u.ID, "alpha member groups", "beta viewer groups")
		v.proof.Email, v.proof.EmailVerified = "changed@example.org", false
		_, again, err := h.arrives()
		ok(t, err)
		if again.ID != u.ID || again.Email != "new@example.org" {
			t.Errorf("the same subject is %+v the second time", again)
		}
	})
}

func TestAnInvitationLetsSomebodyInWithoutAGroup(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		token, _, err := h.app.People.Invite(t.Context(), h.lead, "new@example.org", tenant.Viewer)
		ok(t, err)
		h.elsewhere(apppeople.OIDC{Enforced: true})
		_, u, err := h.arrives()
		ok(t, err)
		h.wantMemberships(u.ID)
		_, err = h.app.People.Join(t.Context(), u, token)
		ok(t, err)
		h.wantMemberships(u.ID, "alpha viewer hand")
	})
}

func TestAnEMailAddressLinksOnlyWhereTheOperatorSaysSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ann := h.person("ann", tenant.Viewer)
		for _, o := range []apppeople.OIDC{{Rules: devs}, {Rules: devs, SignUp: true}, {Rules: devs, Enforced: true}} {
			v := h.elsewhere(o)
			v.proof.Email, v.proof.Groups = "ANN@example.org", []string{"devs"}
			_, _, err := h.arrives()
			refused(t, "an address that is somebody's", err, fault.Forbidden)
		}
		v := h.elsewhere(apppeople.OIDC{LinkEmail: true})
		v.proof.Email, v.proof.EmailVerified = "ann@example.org", false
		_, _, err := h.arrives()
		refused(t, "an address nobody verified", err, fault.Forbidden)
		if _, found, err := h.app.People.IdentityOf(t.Context(), ann.ID); err != nil || found {
			t.Fatalf("something was linked: %v", err)
		}
		v.proof.EmailVerified = true
		_, u, err := h.arrives()
		ok(t, err)
		if u.ID != ann.ID {
			t.Errorf("linked to %+v", u)
		}
		v.proof.Subject = "sub-2"
		_, _, err = h.arrives()
		refused(t, "a second account of the same person", err, fault.Conflict)
	})
}

func TestGroupsChangeWhatGroupsGaveAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.elsewhere(apppeople.OIDC{Rules: append(devs, user.GroupRule{Group: "devs", Slug: "not-there", Role: tenant.Lead})})
		v.proof.Groups = []string{"devs", "heads"}
		_, u, err := h.arrives()
		ok(t, err)
		h.wantMemberships(u.ID, "alpha lead groups", "beta viewer groups")
		token := h.tokenOf(u)
		v.proof.Groups = []string{"devs"}
		_, _, err = h.arrives()
		ok(t, err)
		h.wantMemberships(u.ID, "alpha member groups", "beta viewer groups")
		v.proof.Groups = nil
		_, _, err = h.arrives()
		ok(t, err)
		h.wantMemberships(u.ID)
		if _, err := h.app.People.ActorForToken(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a token outlives the membership: %v", err)
		}
		ok(t, h.app.People.AddMember(t.Context(), "alpha", u.Email, tenant.Viewer))
		logged := h.audits()
		v.proof.Groups = []string{"heads"}
		_, _, err = h.arrives()
		ok(t, err)
		v.proof.Groups = nil
		_, _, err = h.arrives()
		ok(t, err)
		h.wantMemberships(u.ID, "alpha viewer hand")
		if got := h.audits(); !slices.Equal(got, logged) {
			t.Errorf("the team's log tells of changes that groups did not make: %q after %q", got, logged)
		}
		h.wantLogged(u.ID, "audit", "add_member by groups of Foundry ID → lead", "change_role by groups of Foundry ID lead → member", "remove_member by groups of Foundry ID member → ")
		h.wantLogged(u.ID, "instance_audit", "create_user", "sign_in", "add_member by groups of Foundry ID in the team alpha → lead", "remove_member by groups of Foundry ID in the team beta viewer → ")
	})
}

// wantLogged looks for entries about a person, by their beginning and their change.
func (h *house) wantLogged(u tenant.UserID, log string, want ...string) {
	h.t.Helper()
	got := dbtest.Rows(h.t, h.d, fmt.Sprintf(`SELECT verb || ' ' || detail || ' ' || was || ' → ' || became || ' ' || via FROM %s WHERE object_id = '%s' ORDER BY id`, log, u))
	for _, w := range want {
		verb, change, _ := strings.Cut(w, " ")
		if !slices.ContainsFunc(got, func(e string) bool {
			return strings.HasPrefix(e, verb+" ") && strings.Contains(strings.ReplaceAll(e, "  ", " "), change) && strings.HasSuffix(e, " oidc")
		}) {
			h.t.Errorf("%s does not tell %q:\n%s", log, w, strings.Join(got, "\n"))
		}
	}
}

func (h *house) tokenOf(u user.User) string {
	h.t.Helper()
	by, err := h.app.People.ActorFor(h.t.Context(), u, "alpha")
	ok(h.t, err)
	text, _, err := h.app.People.CreateToken(h.t.Context(), by, "ci", "run", nil)
	ok(h.t, err)
	return text
}

func TestGroupsTakeNoTeamItsLastLeadNorTheInstanceItsLastAdmin(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.elsewhere(apppeople.OIDC{Rules: devs, AdminGroup: "admins"})
		v.proof.Groups = []string{"heads", "admins"}
		_, u, err := h.arrives()
		ok(t, err)
		if !u.Admin {
			t.Error("the admin group makes no admin")
		}
		dbtest.Exec(t, h.d, fmt.Sprintf(`UPDATE memberships SET role = 'member' WHERE user_id = '%s'`, h.lead.User))
		v.proof.Groups = []string{"devs"}
		_, u, err = h.arrives()
		ok(t, err)
		h.wantMemberships(u.ID, "alpha lead groups", "beta viewer groups")
		h.wantLogged(u.ID, "audit", "change_role refused: this is the last lead of the team")
		h.wantLogged(u.ID, "instance_audit", "set_admin refused: this is the last admin")
		if !u.Admin {
			t.Error("the last admin is gone")
		}
		dbtest.Exec(t, h.d, fmt.Sprintf(`UPDATE memberships SET role = 'lead' WHERE user_id = '%s'`, h.lead.User))
		dbtest.Exec(t, h.d, fmt.Sprintf(`UPDATE users SET is_admin = 1 WHERE id = '%s'`, h.admin.User))
		_, u, err = h.arrives()
		ok(t, err)
		h.wantMemberships(u.ID, "alpha member groups", "beta viewer groups")
		if u.Admin {
			t.Error("who left the admin group is an admin")
		}
	})
}

func TestWhoIsDeactivatedStaysOut(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.elsewhere(apppeople.OIDC{Rules: devs, LinkEmail: true})
		v.proof.Groups = []string{"devs"}
		l, u, err := h.arrives()
		ok(t, err)
		ok(t, h.app.People.DeactivatePerson(t.Context(), appkernel.Operator(), u.ID))
		v.proof.Groups = []string{"heads"}
		_, _, err = h.arrives()
		refused(t, "a deactivated person", err, fault.Forbidden)
		h.wantMemberships(u.ID, "alpha member groups", "beta viewer groups")
		_, _, err = h.app.People.Login(t.Context(), l.ID)
		refused(t, "the login from before", err, fault.Unauthenticated)
		ann := h.person("ann", "")
		ok(t, h.app.People.DeactivatePerson(t.Context(), appkernel.Operator(), ann.ID))
		v.proof.Subject, v.proof.Email = "sub-2", "ann@example.org"
		_, _, err = h.arrives()
		refused(t, "a deactivated person who would be linked", err, fault.Forbidden)
		if rows := dbtest.Rows(t, h.d, `SELECT subject FROM identities WHERE subject = 'sub-2'`); len(rows) > 0 {
			t.Error("who stays out was linked")
		}
	})
}

// A login through the provider ends after a while, so that the provider is asked again.
func TestT45ALoginOfTheProviderLastsAsLongAsTheOperatorSays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.elsewhere(apppeople.OIDC{SignUp: true})
		l, _, err := h.arrives()
		ok(t, err)
		for range 12 { // somebody works all the time
			_, _, err = h.app.People.Login(t.Context(), l.ID)
			ok(t, err)
			ok(t, h.app.People.TouchLogin(t.Context(), l.ID))
			h.clock.Advance(time.Hour)
		}
		h.clock.Advance(time.Second)
		_, _, err = h.app.People.Login(t.Context(), l.ID)
		refused(t, "a login after 12 hours", err, fault.Unauthenticated)
	})
}

func TestAFlowIsGoodForOneStateInTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.elsewhere(apppeople.OIDC{SignUp: true})
		f, to, err := h.app.People.BeginIdentity(t.Context(), "/t/alpha", "")
		ok(t, err)
		if !strings.Contains(to, f.State) || len(f.State) < 20 || f.State == f.Nonce {
			t.Errorf("a flow %+v to %s", f, to)
		}
		late := f
		late.Until = h.clock.Now().Add(-time.Second)
		for name, c := range map[string]struct {
			f apppeople.Flow
			r apppeople.ProviderReturn
		}{
			"nothing was begun": {apppeople.Flow{}, apppeople.ProviderReturn{Code: "code"}},
			"another state":     {f, apppeople.ProviderReturn{Code: "code", State: f.State + "x"}},
			"no state":          {f, apppeople.ProviderReturn{Code: "code"}},
			"another issuer":    {f, apppeople.ProviderReturn{Code: "code", State: f.State, Issuer: "https://evil.example.org"}},
			"too late":          {late, apppeople.ProviderReturn{Code: "code", State: f.State}},
			"turned back there": {f, apppeople.ProviderReturn{State: f.State, Fault: "access_denied"}},
		} {
			_, _, err := h.app.People.SignInByIdentity(t.Context(), c.f, c.r, "192.0.2.1", "browser")
			refused(t, name, err, fault.Unauthenticated)
		}
		_, _, err = h.app.People.SignInByIdentity(t.Context(), f, apppeople.ProviderReturn{State: f.State, Fault: "server_error"}, "192.0.2.1", "browser")
		refused(t, "an error there", err, fault.Unavailable)
	})
}

func TestLinkingIsForWhoBeganAndUnlinkingNeverTakesTheOnlyWayIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.elsewhere(apppeople.OIDC{})
		u, err := h.app.People.CreateUser(t.Context(), "ann@example.org", "Ann", "a long enough password", false)
		ok(t, err)
		other := h.person("other", "")
		f, _, err := h.app.People.BeginIdentity(t.Context(), "/account", u.ID)
		ok(t, err)
		r := apppeople.ProviderReturn{Code: "code", State: f.State}
		refused(t, "another person's flow", h.app.People.LinkIdentity(t.Context(), other, f, r), fault.Unauthenticated)
		ok(t, h.app.People.LinkIdentity(t.Context(), u, f, r))
		f.Link = other.ID
		refused(t, "an account that is somebody's", h.app.People.LinkIdentity(t.Context(), other, f, r), fault.Conflict)
		l, who, err := h.arrives()
		ok(t, err)
		if who.ID != u.ID {
			t.Errorf("signed in %+v", who)
		}
		bare := who
		bare.PasswordHash = ""
		refused(t, "the only way in", h.app.People.UnlinkIdentity(t.Context(), bare, ""), fault.Conflict)
		ok(t, h.app.People.UnlinkIdentity(t.Context(), who, ""))
		_, _, err = h.app.People.Login(t.Context(), l.ID)
		refused(t, "a login of the account that is unlinked", err, fault.Unauthenticated)
		h.elsewhere(apppeople.OIDC{Enforced: true})
		refused(t, "the one way in for all", h.app.People.UnlinkIdentity(t.Context(), who, ""), fault.Forbidden)
	})
}

// T-46: while the provider is enforced no verb signs in with a password, sets one, or makes a link that would.
func TestT46EnforcedSignInClosesEveryPassword(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann, err := h.app.People.CreateUser(ctx, "ann@example.org", "Ann", "a long enough password", false)
		ok(t, err)
		before, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: "ann@example.org", Password: "a long enough password", Peer: "192.0.2.1", UserAgent: "browser"})
		ok(t, err)
		reset, err := h.app.People.ResetPerson(ctx, appkernel.Operator(), h.member.User)
		ok(t, err)
		setup, err := h.app.People.NewSetupLink(ctx)
		ok(t, err)
		invitation, _, err := h.app.People.Invite(ctx, h.lead, "new@example.org", tenant.Viewer)
		ok(t, err)
		h.elsewhere(apppeople.OIDC{Enforced: true})
		users := dbtest.Rows(t, h.d, `SELECT id || password_hash FROM users ORDER BY id`)
		for name, do := range map[string]func() error{
			"SignIn": func() error {
				_, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: "ann@example.org", Password: "a long enough password", Peer: "192.0.2.1", UserAgent: "browser"})
				return err
			},
			"ChangePassword": func() error {
				return h.app.People.ChangePassword(ctx, ann, "", apppeople.NewPassword{Current: "a long enough password", New: "another long password"})
			},
			"ResetPerson":     func() error { return second(h.app.People.ResetPerson(ctx, appkernel.Operator(), ann.ID)) },
			"ResetLinkPerson": func() error { return second(h.app.People.ResetLinkPerson(ctx, reset)) },
			"SetNewPassword":  func() error { return second(h.app.People.SetNewPassword(ctx, reset, "another long password", false)) },
			"NewSetupLink":    func() error { return second(h.app.People.NewSetupLink(ctx)) },
			"SetUp": func() error {
				_, _, err := h.app.People.SetUp(ctx, apppeople.SetupForm{Token: setup, Name: "B", Email: "b@example.org", Password: "another long password", TeamName: "Gamma", TeamSlug: "gamma"})
				return err
			},
			"JoinAsNew": func() error {
				_, _, err := h.app.People.JoinAsNew(ctx, invitation, "New", "another long password")
				return err
			},
			"CreateUser": func() error {
				return second(h.app.People.CreateUser(ctx, "c@example.org", "C", "another long password", false))
			},
		} {
			refused(t, name, do(), fault.Forbidden)
		}
		_, _, err = h.app.People.Login(ctx, before.ID)
		refused(t, "a login made with a password before", err, fault.Unauthenticated)
		if got := dbtest.Rows(t, h.d, `SELECT id || password_hash FROM users ORDER BY id`); !slices.Equal(got, users) {
			t.Error("a password or a person changed")
		}
		bare, err := h.app.People.CreateUser(ctx, "c@example.org", "C", "", false)
		ok(t, err)
		if bare.PasswordHash != "" {
			t.Error("a person was made with a password")
		}
	})
}

func TestTheOperatorLetsSomebodyInOnceWithoutTheProvider(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.elsewhere(apppeople.OIDC{Enforced: true})
		_, err := h.app.People.LinkLogin(t.Context(), h.admin, h.member.User)
		refused(t, "an admin of the pages", err, fault.Forbidden)
		token, err := h.app.People.LinkLogin(t.Context(), appkernel.Operator(), h.member.User)
		ok(t, err)
		l, err := h.app.People.SignInByLink(t.Context(), token, "192.0.2.1", "browser")
		ok(t, err)
		_, err = h.app.People.SignInByLink(t.Context(), token, "192.0.2.1", "browser")
		refused(t, "a link used twice", err, fault.Forbidden)
		_, u, err := h.app.People.Login(t.Context(), l.ID)
		ok(t, err)
		if u.ID != h.member.User || l.Expires.Sub(h.clock.Now()) != time.Hour {
			t.Errorf("signed %+v in with %+v", u, l)
		}
		token, err = h.app.People.LinkLogin(t.Context(), appkernel.Operator(), h.member.User)
		ok(t, err)
		h.clock.Advance(apppeople.LoginLinkLifetime + time.Second)
		_, err = h.app.People.SignInByLink(t.Context(), token, "192.0.2.1", "browser")
		refused(t, "an old link", err, fault.Forbidden)
		ok(t, h.app.People.DeleteExpired(t.Context()))
		if rows := dbtest.Rows(t, h.d, `SELECT user_id FROM login_links`); len(rows) > 0 {
			t.Error("an old link is kept")
		}
		ok(t, h.d.SystemView(t.Context(), func(*dbkernel.System) error { return nil }))
	})
}
