package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

func TestADeactivatedTeamRunsAndWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		running, degraded, queued := h.at(session.Running), h.at(session.Degraded), h.at(session.Queued)
		key, _, err := h.app.Work.NewGatewayKey(ctx, h.alpha.ID, running.ID)
		ok(t, err)
		ok(t, h.app.Console.DeactivateTeam(ctx, h.admin, h.alpha.ID))
		for _, s := range []session.Session{running, degraded} {
			if got := h.read(s); got.Status != session.Paused || got.Reason.Code != session.ByUser {
				t.Errorf("%s is %s, %s", s.Status, got.Status, got.Reason.Message)
			}
		}
		by := h.as("alpha", h.alpha.Lead)
		_, err = h.app.Work.CreateSession(ctx, by, wanted(), true)
		refused(t, "a start", err, fault.Forbidden)
		_, err = h.app.Work.CancelSession(ctx, by, queued.ID)
		refused(t, "a write", err, fault.Forbidden)
		_, err = h.app.Work.Session(ctx, by, queued.ID)
		ok(t, err)
		if q, err := h.app.Work.SessionQueue(ctx, by, queued); err != nil || q.Reason != "Place 1: the team is deactivated. An admin can activate it." {
			t.Errorf("it waits because: %q, %v", q.Reason, err)
		}
		_, err = h.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: key, Provider: "local", Model: "small"})
		refused(t, "a model call", err, fault.Forbidden)
		h.nobodyIsServed()
		ok(t, h.app.Console.ActivateTeam(ctx, h.admin, h.alpha.ID))
		_, key = h.talking("ses_later")
		_, err = h.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: key, Provider: "local", Model: "small"})
		ok(t, err)
	})
}

// nobodyIsServed says that the dispatcher claims nothing.
func (h *house) nobodyIsServed() {
	h.t.Helper()
	ok(h.t, h.d.System(h.t.Context(), func(s *dbkernel.System) error {
		got, err := dbwork.Across(s).Claim(h.t.Context(), dbwork.ClaimSpec{Owner: "x", Now: h.clock.Now(), Until: h.clock.Now().Add(time.Minute), HostRoom: 9, Limit: 9})
		if len(got) != 0 {
			h.t.Errorf("claimed %d", len(got))
		}
		return err
	}))
}

func TestADeletedTeamIsUnreachableUntilItIsRestored(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		token, _, err := h.app.People.CreateToken(ctx, h.lead, "ci", apitoken.Run, nil)
		ok(t, err)
		link, _, err := h.app.People.Invite(ctx, h.lead, "new@example.org", tenant.Member)
		ok(t, err)
		running, inside := h.at(session.Running), h.inside()
		refused(t, "another slug", h.app.Console.DeleteTeam(ctx, h.admin, h.alpha.ID, "alpa"), fault.Invalid)
		ok(t, h.app.Console.DeleteTeam(ctx, h.admin, h.alpha.ID, "alpha"))
		for name, err := range map[string]error{
			"its lead": second(h.app.People.ActorFor(ctx, h.alpha.Lead, "alpha")), "an admin inside": second(h.app.People.ActorFor(ctx, h.boss(), "alpha")),
			"entering": second(h.app.People.EnterTeam(ctx, h.admin, "l", "alpha", why)), "the operator": second(h.app.People.TeamBySlug(ctx, "alpha")),
		} {
			refused(t, name, err, fault.NotFound)
		}
		refused(t, "its token", second(h.app.People.ActorForToken(ctx, token)), fault.Unauthenticated)
		refused(t, "its invitation", second(h.app.People.OpenInvitation(ctx, link)), fault.Forbidden)
		if teams, err := h.app.People.Teams(ctx, h.alpha.Lead.ID); err != nil || len(teams) != 0 {
			t.Errorf("teams of its lead: %v, %v", teams, err)
		}
		if got := h.read(running); got.Status != session.Paused {
			t.Errorf("what ran is %s", got.Status)
		}
		ok(t, h.app.Console.RestoreTeam(ctx, h.admin, h.alpha.ID))
		if by := h.as("alpha", h.alpha.Lead); by.TenantActive || inside.Entered == "" {
			t.Error("it works before it was reactivated")
		}
		refused(t, "the entering of before", second(h.app.People.ActorFor(ctx, h.boss(), "alpha")), fault.NotFound)
	})
}

func TestTheConsoleCountsAndFindsTeams(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		dbtest.Exec(t, h.d, `UPDATE lanes SET running = 8 WHERE tenant_id = '`+string(h.beta.ID)+`'`)
		_, _, err := h.app.Console.AddTeam(ctx, h.admin, "gamma-100", "100 % Gamma", "gabi@example.org")
		ok(t, err)
		ok(t, h.app.Console.DeactivateTeam(ctx, h.admin, h.alpha.ID))
		for name, c := range map[string]struct {
			f    quota.TeamFilter
			want []string
		}{
			"all":      {quota.TeamFilter{}, []string{"gamma-100", "alpha", "beta"}},
			"active":   {quota.TeamFilter{State: quota.ActiveTeams}, []string{"gamma-100", "beta"}},
			"inactive": {quota.TeamFilter{State: quota.InactiveTeams}, []string{"alpha"}},
			"high":     {quota.TeamFilter{State: quota.HighTeams}, []string{"beta"}},
			"by name":  {quota.TeamFilter{Query: "100 % g"}, []string{"gamma-100"}},
			"a letter": {quota.TeamFilter{Query: "_"}, nil},
			"after":    {quota.TeamFilter{After: h.alpha.ID}, []string{"beta"}},
			"before":   {quota.TeamFilter{Before: h.beta.ID}, []string{"gamma-100", "alpha"}},
		} {
			c.f.Limit = 5
			got, err := h.app.Console.ConsoleTeams(ctx, h.admin, c.f)
			ok(t, err)
			var slugs []string
			for _, team := range got.Teams {
				slugs = append(slugs, team.Slug)
				if high := team.High(); high != (team.Slug == "beta") {
					t.Errorf("%s high: %v", team.Slug, high)
				}
			}
			if !slices.Equal(slugs, c.want) || got.Counts.All != 3 || got.Counts.Active != 2 || got.Counts.High != 1 || got.Counts.Running != 8 || got.Counts.Busy != 1 {
				t.Errorf("%s: %v, %+v", name, slugs, got.Counts)
			}
		}
		_, err = h.app.Console.ConsoleTeams(ctx, h.lead, quota.TeamFilter{Limit: 5})
		refused(t, "a lead", err, fault.Forbidden)
	})
}

// Between two questions a host may get room: a page that asked twice would say that it waits, and not for what.
func TestTheHostIsAskedOncePerReason(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		why := []string{"this host has no memory left.", ""}
		full := func() (w string) { w, why = why[0], append(why[1:], why[0]); return w }
		h.app = app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Keys: h.keys, HostFull: full})
		queued := h.at(session.Queued)
		if q, err := h.app.Work.SessionQueue(t.Context(), h.member, queued); err != nil || q.Reason != "Place 1: this host has no memory left." {
			t.Errorf("the team reads %q, %v", q.Reason, err)
		}
		why = []string{"this host has no memory left.", ""}
		qs, _, err := h.app.Console.InstanceQueues(t.Context(), h.admin)
		ok(t, err)
		if i := slices.IndexFunc(qs, func(q instance.Queue) bool { return q.Queued > 0 }); i < 0 || qs[i].Reason != "This host has no memory left." {
			t.Errorf("the operator reads %+v", qs)
		}
	})
}

// The operator and the team read the same reason why a session waits, for each of them.
func TestTheConsoleGivesTheReasonThatTheTeamReads(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, alive, full := t.Context(), true, ""
		h.app = app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Keys: h.keys, HostFull: func() string { return full }, DispatcherAlive: func() bool { return alive }})
		queued, zero := h.at(session.Queued), new(int64)
		one := 1
		steps := []struct {
			change func()
			want   string
		}{
			{func() {}, "starts in a moment."},
			{func() { alive = false }, "waiting for the dispatcher, which has not checked the queue recently."},
			{func() { full = "this host has no memory left." }, "this host has no memory left."},
			{func() { h.quota(appconsole.Quota{MaxConcurrentSessions: &one}); h.at(session.Running) }, "waiting for a slot: 1 of 1 in use."},
			{func() { h.quota(appconsole.Quota{MaxConcurrentSessions: new(int)}) }, "the team's limit is 0 running sessions. An admin can raise it."},
			{func() { h.quota(appconsole.Quota{Storage: &zero}) }, "waiting for storage: the team has used 0 B of 0 B"},
			{func() { h.quota(appconsole.Quota{Tokens: &zero}) }, "waiting for budget: the team's limit is 0 tokens"},
			{func() { ok(t, h.app.Console.DeactivateTeam(ctx, h.admin, h.alpha.ID)) }, "the team is deactivated. An admin can activate it."},
		}
		for _, s := range steps {
			s.change()
			q, err := h.app.Work.SessionQueue(ctx, h.as("alpha", h.alpha.Member), queued)
			ok(t, err)
			reason, placed := strings.CutPrefix(q.Reason, "Place 1: ")
			if !placed || !strings.HasPrefix(reason, s.want) {
				t.Errorf("the team reads %q, want %q", q.Reason, s.want)
			}
			qs, _, err := h.app.Console.InstanceQueues(ctx, h.admin)
			ok(t, err)
			i := slices.IndexFunc(qs, func(q instance.Queue) bool { return q.Queued > 0 })
			if i < 0 || qs[i].Reason != strings.ToUpper(reason[:1])+reason[1:] {
				t.Errorf("the operator reads %+v, the team %q", qs, reason)
			}
		}
	})
}
