package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// boss is the admin as a person.
func (h *house) boss() user.User {
	return user.User{ID: h.admin.User, Name: h.admin.Name, Email: "boss@example.org", Admin: true, Active: true}
}

// How an entering ends: each by itself, and from then on the team is missing again.
func TestAnEnteringEnds(t *testing.T) {
	for name, end := range map[string]func(*house, tenant.Actor){
		"by leaving": func(h *house, by tenant.Actor) { ok(h.t, h.app.People.LeaveEntered(h.t.Context(), by)) },
		"in an hour": func(h *house, _ tenant.Actor) { h.clock.Advance(tenant.EntranceLifetime) },
		"with the login": func(h *house, by tenant.Actor) {
			dbtest.Exec(h.t, h.d, `DELETE FROM logins WHERE user_id = '`+string(by.User)+`'`)
		},
		"with the flag": func(h *house, _ tenant.Actor) { dbtest.Exec(h.t, h.d, `UPDATE users SET is_admin = 0`) },
		"with the person": func(h *house, by tenant.Actor) {
			ok(h.t, h.app.People.DeactivatePerson(h.t.Context(), appkernel.Operator(), by.User))
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				refused(t, "before", second(h.app.People.ActorFor(t.Context(), h.boss(), "alpha")), fault.NotFound)
				by := h.inside()
				if by.Role != tenant.Lead || by.Entered == "" || by.Via != "entered:"+by.Entered {
					t.Errorf("inside: %+v", by)
				}
				h.clock.Advance(tenant.EntranceLifetime - time.Second)
				_ = h.as("alpha", h.boss())
				end(h, by)
				refused(t, "after", second(h.app.People.ActorFor(t.Context(), h.boss(), "alpha")), fault.NotFound)
				refused(t, "in another team", second(h.app.People.ActorFor(t.Context(), h.boss(), "beta")), fault.NotFound)
			})
		})
	}
}

// Inside, an admin has a lead's rights and can make none of them last.
func TestNothingOutlastsAnEntering(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, by := t.Context(), h.inside()
		_, err := h.app.Work.CreateSession(ctx, by, wanted(), false)
		ok(t, err)
		refused(t, "a token", second2(h.app.People.CreateToken(ctx, by, "mine", apitoken.Read, nil)), fault.Forbidden)
		refused(t, "an invitation", second2(h.app.People.Invite(ctx, by, "BOSS@example.org", tenant.Lead)), fault.Forbidden)
		refused(t, "a role", h.app.People.SetRole(ctx, by, by.User, tenant.Lead), fault.Forbidden)
		refused(t, "leaving as a member", h.app.People.LeaveTeam(ctx, by), fault.NotFound)
		f, err := h.app.Work.Frame(ctx, h.member)
		if ok(t, err); len(f.Entrances) != 1 || f.Entrances[0].Reason != why || f.Entrances[0].Name != h.admin.Name {
			t.Errorf("its people are told: %+v", f.Entrances)
		}
		log := strings.Join(dbtest.Rows(t, h.d, `SELECT verb || ' ' || via || ' ' || detail FROM audit WHERE tenant_id = '`+string(h.alpha.ID)+`' ORDER BY id`), "\n")
		if !strings.Contains(log, " UTC: "+why) || !strings.Contains(log, "create_session entered:"+by.Entered) {
			t.Errorf("its log:\n%s", log)
		}
	})
}

func second2[A, B any](_ A, _ B, err error) error { return err }

func TestWhoEntersSaysWhy(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		u, login := h.operator()
		for _, reason := range []string{"", "  short  ", strings.Repeat("x", 501)} {
			_, err := h.app.People.EnterTeam(t.Context(), h.admin, login, "alpha", reason)
			refused(t, "the reason "+reason, err, fault.Invalid)
		}
		_, err := h.app.People.EnterTeam(t.Context(), h.lead, login, "beta", why)
		refused(t, "a lead", err, fault.Forbidden)
		refused(t, "afterwards", second(h.app.People.ActorFor(t.Context(), u, "alpha")), fault.NotFound)
	})
}

// An admin who creates a team invites someone else.
func TestAnAdminMakesNoTeamForOneself(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, _, err := h.app.Console.AddTeam(t.Context(), h.admin, "gamma", "Gamma", "boss@example.org")
		refused(t, "oneself", err, fault.Forbidden)
		made, link, err := h.app.Console.AddTeam(t.Context(), h.admin, "gamma", "Gamma", "gabi@example.org")
		ok(t, err)
		u, team, err := h.app.People.JoinAsNew(t.Context(), link, "Gabi", "correct horse battery")
		if ok(t, err); team.ID != made.ID || h.as("gamma", u).Role != tenant.Lead {
			t.Errorf("joined %+v", team)
		}
	})
}

// The last admin stays one, whoever asks.
func TestTheLastAdminStays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, _ := h.operator()
		refused(t, "unmaking the last", h.app.People.SetAdmin(ctx, h.admin, u.ID, false), fault.Conflict)
		refused(t, "deactivating the last", h.app.People.DeactivatePerson(ctx, h.admin, u.ID), fault.Conflict)
		refused(t, "a lead", h.app.People.SetAdmin(ctx, h.lead, h.lead.User, true), fault.Forbidden)
		ok(t, h.app.People.SetAdmin(ctx, h.admin, h.second.User, true))
		by := h.inside()
		ok(t, h.app.People.SetAdmin(ctx, h.admin, u.ID, false))
		refused(t, "inside without the flag", second(h.app.People.ActorFor(ctx, u, by.Slug)), fault.NotFound)
		refused(t, "one's own role", h.app.People.SetRoleIn(ctx, h.admin, "alpha", u.ID, tenant.Lead), fault.Forbidden)
		us, more, err := h.app.People.People(ctx, h.admin, user.Filter{Query: "SECOND", Limit: 1})
		if ok(t, err); len(us) != 1 || more || us[0].Teams != 1 || !us[0].Admin || us[0].PasswordHash != "" {
			t.Errorf("found %+v", us)
		}
		who, link, err := h.app.People.InvitePerson(ctx, h.admin, "nina@example.org", "Nina", false)
		ok(t, err)
		if set, err := h.app.People.SetNewPassword(ctx, link, "correct horse battery", false); err != nil || set.ID != who.ID {
			t.Errorf("the link: %v", err)
		}
	})
}
