package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// userOf is the person of an actor, as far as verbs ask for one.
func userOf(by tenant.Actor) user.User {
	return user.User{ID: by.User, Name: by.Name, Email: by.Name + "@example.org", Active: true}
}

// entered is the admin with a lead's rights inside of alpha, without a membership.
func entered(h *house) tenant.Actor {
	by := h.admin
	by.Tenant, by.Slug, by.Role, by.TenantActive = h.alpha.ID, "alpha", tenant.Lead, true
	return by
}

func TestAnInvitationMakesAPersonOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		link, v, err := h.app.People.Invite(ctx, h.lead, "  Zoë.Ø@Example.org ", tenant.Lead)
		ok(t, err)
		in, err := h.app.People.OpenInvitation(ctx, link)
		if ok(t, err); in.Known || in.Team.ID != h.alpha.ID || in.Invitation.Email != "Zoë.Ø@Example.org" || in.Invitation.ByName != h.lead.Name {
			t.Errorf("the link opens %+v", in)
		}
		_, _, err = h.app.People.JoinAsNew(ctx, link, " ", password)
		refused(t, "no name", err, fault.Invalid)
		_, _, err = h.app.People.JoinAsNew(ctx, link, strings.Repeat("ø", 101), password)
		refused(t, "a long name", err, fault.Invalid)
		_, _, err = h.app.People.JoinAsNew(ctx, link, "Zoë", "short")
		refused(t, "a short password", err, fault.Invalid)
		name := "Зоя 佐江 " + strings.Repeat("ø", 93)
		errs := make(chan error, 4)
		for range cap(errs) {
			go func() {
				u, team, err := h.app.People.JoinAsNew(ctx, link, name, password)
				if err == nil {
					by, err2 := h.app.People.ActorFor(ctx, u, team.Slug)
					if err2 != nil || by.Role != tenant.Lead || by.Name != name || u.Admin {
						t.Errorf("made %+v, %v", by, err2)
					}
				}
				errs <- err
			}()
		}
		won := 0
		for range cap(errs) {
			if err := <-errs; err == nil {
				won++
			} else if !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Conflict) {
				t.Errorf("a used link: %v", err)
			}
		}
		if won != 1 {
			t.Errorf("the link worked %d times", won)
		}
		_, _, err = h.app.People.SignIn(ctx, apppeople.Credentials{Email: "zoë.ø@EXAMPLE.org", Password: password, Peer: "1.1.1.1", UserAgent: ""})
		ok(t, err)
		stored := dbtest.Rows(t, h.d, `SELECT hash FROM invitations WHERE id = '`+v.ID+`'`)
		if len(stored) != 1 || strings.Contains(stored[0], link) {
			t.Errorf("stored: %v", stored)
		}
		if vs, err := h.app.People.Invitations(ctx, h.lead); err != nil || len(vs) != 0 {
			t.Errorf("a used invitation is listed: %+v, %v", vs, err)
		}
	})
}

func TestAKnownPersonAcceptsSignedIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "Ann@Example.org", "Ann", password, false)
		ok(t, err)
		other, err := h.app.People.CreateUser(ctx, "other@example.org", "Other", password, false)
		ok(t, err)
		link, _, err := h.app.People.Invite(ctx, h.lead, "ANN@example.ORG", tenant.Member)
		ok(t, err)
		_, _, err = h.app.People.JoinAsNew(ctx, link, "Ann", password)
		refused(t, "as somebody new", err, fault.Conflict)
		_, err = h.app.People.Join(ctx, other, link)
		refused(t, "as somebody else", err, fault.Forbidden)
		team, err := h.app.People.Join(ctx, u, link)
		if ok(t, err); team.Slug != "alpha" || h.as("alpha", u).Role != tenant.Member {
			t.Errorf("joined %s", team.Slug)
		}
		_, err = h.app.People.Join(ctx, u, link)
		refused(t, "a used link", err, fault.Forbidden)
		_, _, err = h.app.People.Invite(ctx, h.lead, "ann@example.org", tenant.Lead)
		refused(t, "inviting who is there", err, fault.Conflict)
	})
}

func TestALinkEnds(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		invite := func(email string) (string, tenant.Invitation) {
			link, v, err := h.app.People.Invite(ctx, h.lead, email, tenant.Viewer)
			ok(t, err)
			return link, v
		}
		over := func(what, link string) {
			t.Helper()
			_, err := h.app.People.OpenInvitation(ctx, link)
			refused(t, what, err, fault.Forbidden)
			_, _, err = h.app.People.JoinAsNew(ctx, link, "N", password)
			refused(t, what, err, fault.Forbidden)
			_, err = h.app.People.Join(ctx, userOf(h.stranger), link)
			refused(t, what, err, fault.Forbidden)
		}
		first, _ := invite("new@example.org")
		again, v := invite("NEW@example.org")
		over("an earlier link for the address", first)
		refused(t, "revoked by a member", h.app.People.RevokeInvitation(ctx, h.member, v.ID), fault.Forbidden)
		refused(t, "revoked by another team's lead", h.app.People.RevokeInvitation(ctx, h.stranger, v.ID), fault.NotFound)
		ok(t, h.app.People.RevokeInvitation(ctx, h.lead, v.ID))
		refused(t, "revoked twice", h.app.People.RevokeInvitation(ctx, h.lead, v.ID), fault.NotFound)
		over("a revoked link", again)
		over("no link", "")
		over("a guess", "x\x00")
		late, _ := invite("late@example.org")
		h.clock.Advance(tenant.InvitationLifetime)
		over("after 7 days", late)
		if vs, err := h.app.People.Invitations(ctx, h.lead); err != nil || len(vs) != 1 || !vs[0].Expired(h.clock.Now()) {
			t.Errorf("what has expired is listed as %+v, %v", vs, err)
		}
		h.clock.Advance(31 * 24 * time.Hour)
		ok(t, h.app.People.DeleteExpired(ctx))
		if vs, err := h.app.People.Invitations(ctx, h.lead); err != nil || len(vs) != 0 {
			t.Errorf("a month later: %+v, %v", vs, err)
		}
		off, _ := invite("off@example.org")
		dbtest.Exec(t, h.d, `UPDATE tenants SET is_active = 0 WHERE id = $1`, string(h.alpha.ID))
		over("of a deactivated team", off)
	})
}

func TestWhoMayInviteWhom(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		boss := entered(h)
		for name, c := range map[string]struct {
			by    tenant.Actor
			email string
			role  tenant.Role
			want  fault.Kind
		}{
			"a member":               {h.member, "new@example.org", tenant.Viewer, fault.Forbidden},
			"an admin from outside":  {h.admin, "new@example.org", tenant.Viewer, fault.Forbidden},
			"an admin oneself":       {boss, "BOSS@example.org", tenant.Lead, fault.Forbidden},
			"no address":             {h.lead, "Ann <ann@example.org>", tenant.Lead, fault.Invalid},
			"no role":                {h.lead, "new@example.org", "", fault.Invalid},
			"as admin":               {h.lead, "new@example.org", "admin", fault.Invalid},
			"who is in it":           {h.lead, "Member-Alpha@example.org", tenant.Lead, fault.Conflict},
			"an address with a NUL":  {h.lead, "a\x00@example.org", tenant.Lead, fault.Invalid},
			"an address without end": {h.lead, strings.Repeat("a", 250) + "@example.org", tenant.Lead, fault.Invalid},
		} {
			_, _, err := h.app.People.Invite(ctx, c.by, c.email, c.role)
			refused(t, name, err, c.want)
		}
		// An admin whose address was not theirs yet when they invited it cannot accept either.
		link, _, err := h.app.People.Invite(ctx, boss, "later@example.org", tenant.Lead)
		ok(t, err)
		self := userOf(h.admin)
		self.Email = "later@example.org"
		_, err = h.app.People.Join(ctx, self, link)
		refused(t, "an admin by an own invitation", err, fault.Forbidden)
	})
}

func TestResetAndDeactivation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "ann@example.org", "Ann", password, false)
		ok(t, err)
		ok(t, h.app.People.AddMember(ctx, "alpha", u.Email, tenant.Lead))
		ok(t, h.app.People.AddMember(ctx, "beta", u.Email, tenant.Viewer))
		l, err := h.app.People.NewLogin(ctx, u, "1.1.1.1", "")
		ok(t, err)
		early, err := h.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID)
		ok(t, err)
		_, _, err = h.app.People.Login(ctx, l.ID)
		refused(t, "a login after a reset", err, fault.Unauthenticated)
		_, _, err = h.app.People.SignIn(ctx, apppeople.Credentials{Email: u.Email, Password: password, Peer: "1.1.1.1", UserAgent: ""})
		refused(t, "the old password", err, fault.Unauthenticated)
		link, err := h.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID)
		ok(t, err)
		_, err = h.app.People.SetNewPassword(ctx, early, "another good one", false)
		refused(t, "an earlier link", err, fault.Forbidden)
		_, err = h.app.People.SetNewPassword(ctx, link, "short", false)
		refused(t, "a short password", err, fault.Invalid)
		_, err = h.app.People.SetNewPassword(ctx, link, "another good one", false)
		ok(t, err)
		_, err = h.app.People.SetNewPassword(ctx, link, "a third good one", false)
		refused(t, "a used link", err, fault.Forbidden)
		_, _, err = h.app.People.SignIn(ctx, apppeople.Credentials{Email: u.Email, Password: "another good one", Peer: "1.1.1.1", UserAgent: ""})
		ok(t, err)
		late, err := h.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID)
		ok(t, err)
		h.clock.Advance(apppeople.ResetLifetime)
		_, err = h.app.People.ResetLinkPerson(ctx, late)
		refused(t, "after a day", err, fault.Forbidden)

		fresh, err := h.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID)
		ok(t, err)
		invited, _, err := h.app.People.Invite(ctx, h.as("alpha", u), "friend@example.org", tenant.Lead)
		ok(t, err)
		ok(t, h.app.People.DeactivatePerson(ctx, appkernel.Operator(), u.ID))
		_, err = h.app.People.SetNewPassword(ctx, fresh, "another good one", false)
		refused(t, "a reset of who is inactive", err, fault.Forbidden)
		_, err = h.app.People.OpenInvitation(ctx, invited)
		refused(t, "an invitation by who is inactive", err, fault.Forbidden)
		_, err = h.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID)
		refused(t, "resetting who is inactive", err, fault.Conflict)
		ok(t, h.app.People.ActivatePerson(ctx, appkernel.Operator(), u.ID))
		for _, verb := range []string{"reset_person", "deactivate_person", "activate_person"} {
			if got := dbtest.Rows(t, h.d, `SELECT DISTINCT tenant_id FROM audit WHERE verb = '`+verb+`'`); len(got) != 2 {
				t.Errorf("%s is in the log of %d teams, not of both", verb, len(got))
			}
		}
	})
}
