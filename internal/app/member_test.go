package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func TestTheLastLeadStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		refused(t, "leaving", h.app.People.LeaveTeam(ctx, h.lead), fault.Conflict)
		refused(t, "removing oneself", h.app.People.RemoveMember(ctx, h.lead, h.lead.User), fault.Conflict)
		refused(t, "being less", h.app.People.SetRole(ctx, h.lead, h.lead.User, tenant.Member), fault.Conflict)
		refused(t, "the operator's command", h.app.People.AddMember(ctx, "alpha", "lead-alpha@example.org", tenant.Viewer), fault.Conflict)
		refused(t, "the operator's removal", h.app.People.DropMember(ctx, "alpha", "lead-alpha@example.org"), fault.Conflict)
		// A deactivated lead leads nobody.
		ok(t, h.app.People.SetRole(ctx, h.lead, h.second.User, tenant.Lead))
		ok(t, h.app.People.DeactivatePerson(ctx, appkernel.Operator(), h.second.User))
		refused(t, "leaving an inactive lead behind", h.app.People.LeaveTeam(ctx, h.lead), fault.Conflict)
		ok(t, h.app.People.ActivatePerson(ctx, appkernel.Operator(), h.second.User))
		ok(t, h.app.People.LeaveTeam(ctx, h.lead))
		ok(t, h.app.People.LeaveTeam(ctx, h.viewer))
	})
}

func TestOfTwoLeadsWhoGoAtOnceOneStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for range 5 {
			ok(t, h.app.People.AddMember(ctx, "alpha", "lead-alpha@example.org", tenant.Lead))
			ok(t, h.app.People.AddMember(ctx, "alpha", "second@example.org", tenant.Lead))
			acts := []func() error{
				func() error { return h.app.People.LeaveTeam(ctx, h.lead) },
				func() error { return h.app.People.AddMember(ctx, "alpha", "second@example.org", tenant.Viewer) },
			}
			errs := make(chan error, len(acts))
			for _, act := range acts {
				go func() { errs <- act() }()
			}
			won := 0
			for range acts {
				if err := <-errs; err == nil {
					won++
				} else {
					refused(t, "the second to go", err, fault.Conflict)
				}
			}
			leads := dbtest.Rows(t, h.d, `SELECT user_id FROM memberships WHERE role = 'lead' AND tenant_id = '`+string(h.alpha.ID)+`'`)
			if won != 1 || len(leads) != 1 {
				t.Fatalf("%d of 2 went, %d leads are left", won, len(leads))
			}
		}
	})
}

func TestRemovalTakesEverything(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ok(t, h.app.People.SetRole(ctx, h.lead, h.second.User, tenant.Lead))
		second := h.as("alpha", userOf(h.second))
		text, _, err := h.app.People.CreateToken(ctx, second, "ci", apitoken.Manage, nil)
		ok(t, err)
		link, _, err := h.app.People.Invite(ctx, second, "friend@example.org", tenant.Lead)
		ok(t, err)
		bell, leave := h.app.Kernel.Hub.Hang(apppeople.PersonBell(h.second.User))
		defer leave()
		refused(t, "by a member", h.app.People.RemoveMember(ctx, h.member, h.second.User), fault.Forbidden)
		refused(t, "by another team's lead", h.app.People.RemoveMember(ctx, h.stranger, h.second.User), fault.NotFound)
		ok(t, h.app.People.RemoveMember(ctx, h.lead, h.second.User))
		select {
		case <-bell.Ring:
		case <-time.After(2 * time.Second):
			t.Error("the person's bell does not ring")
		}
		refused(t, "again", h.app.People.RemoveMember(ctx, h.lead, h.second.User), fault.NotFound)
		_, err = h.app.People.ActorForToken(ctx, text)
		refused(t, "the token", err, fault.Unauthenticated)
		_, err = h.app.People.OpenInvitation(ctx, link)
		refused(t, "the invitation", err, fault.Forbidden)
		_, err = h.app.People.ActorFor(ctx, userOf(h.second), "alpha")
		refused(t, "the membership", err, fault.NotFound)
		ok(t, h.app.People.AddMember(ctx, "alpha", "second@example.org", tenant.Member))
		_, err = h.app.People.ActorForToken(ctx, text)
		refused(t, "the token after coming back", err, fault.Unauthenticated)
		for _, verb := range []string{"change_role", "create_token", "invite", "remove_member", "add_member"} {
			if !slices.Contains(h.audits(), verb) {
				t.Errorf("%s is not in the audit log: %v", verb, h.audits())
			}
		}
	})
}

func TestRolesAreChangedByLeads(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for name, c := range map[string]struct {
			by   tenant.Actor
			who  tenant.UserID
			role tenant.Role
			want fault.Kind
		}{
			"a viewer":             {h.viewer, h.viewer.User, tenant.Lead, fault.Forbidden},
			"a member":             {h.member, h.member.User, tenant.Lead, fault.Forbidden},
			"an admin outside":     {h.admin, h.admin.User, tenant.Lead, fault.Forbidden},
			"an admin within":      {entered(h), h.admin.User, tenant.Lead, fault.NotFound},
			"another team's lead":  {h.stranger, h.member.User, tenant.Viewer, fault.NotFound},
			"somebody of nowhere":  {h.lead, h.stranger.User, tenant.Member, fault.NotFound},
			"no role":              {h.lead, h.member.User, "", fault.Invalid},
			"the instance's admin": {h.lead, h.member.User, "admin", fault.Invalid},
			"no id":                {h.lead, "x", tenant.Member, fault.NotFound},
			"nobody's id":          {h.lead, tenant.UserID(id.New()), tenant.Member, fault.NotFound},
		} {
			refused(t, name, h.app.People.SetRole(ctx, c.by, c.who, c.role), c.want)
		}
		ok(t, h.app.People.SetRole(ctx, h.lead, h.viewer.User, tenant.Member))
		if by := h.as("alpha", userOf(h.viewer)); by.Role != tenant.Member {
			t.Errorf("the viewer is %s now", by.Role)
		}
	})
}

func TestTokensOfATeamAreSeenAndEndedByLeads(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		text, made, err := h.app.People.CreateToken(ctx, h.viewer, "ci", apitoken.Read, nil)
		ok(t, err)
		_, err = h.app.People.TeamTokens(ctx, h.member)
		refused(t, "a member's look", err, fault.Forbidden)
		ts, err := h.app.People.TeamTokens(ctx, h.lead)
		if ok(t, err); len(ts) != 1 || ts[0].ID != made.ID || ts[0].User != h.viewer.User {
			t.Errorf("tokens: %+v", ts)
		}
		refused(t, "another team's lead", h.app.People.RevokeMemberToken(ctx, h.stranger, made.ID), fault.NotFound)
		refused(t, "a member", h.app.People.RevokeMemberToken(ctx, h.member, made.ID), fault.Forbidden)
		ok(t, h.app.People.RevokeMemberToken(ctx, h.lead, made.ID))
		_, err = h.app.People.ActorForToken(ctx, text)
		refused(t, "the token", err, fault.Unauthenticated)
		if ts, err := h.app.People.TeamTokens(ctx, h.lead); err != nil || len(ts) != 0 {
			t.Errorf("a revoked token is listed: %+v, %v", ts, err)
		}
	})
}
