package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

type verb struct {
	name string
	from session.Status // where it is always possible
	do   func(*app.App, context.Context, tenant.Actor, session.ID) error
}

var verbs = []verb{
	{"start", session.Pending, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		_, err := a.Work.StartSession(c, by, id)
		return err
	}},
	{"pause", session.Running, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		_, err := a.Work.PauseSession(c, by, id)
		return err
	}},
	{"resume", session.Paused, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		_, err := a.Work.ResumeSession(c, by, id)
		return err
	}},
	{"send and resume", session.Paused, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		_, err := a.Work.SendAndResume(c, by, id, "Look elsewhere.")
		return err
	}},
	{"stop", session.Degraded, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		_, err := a.Work.StopSession(c, by, id)
		return err
	}},
	{"cancel", session.Queued, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		_, err := a.Work.CancelSession(c, by, id)
		return err
	}},
	{"retry", session.Failed, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		_, err := a.Work.RetrySession(c, by, id, false)
		return err
	}},
	{"message", session.Running, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		_, err := a.Work.SendMessage(c, by, id, "And the tests?")
		return err
	}},
	{"delete", session.Stopped, func(a *app.App, c context.Context, by tenant.Actor, id session.ID) error {
		return a.Work.DeleteSession(c, by, id)
	}},
}

// picture is everything that a refused verb must leave as it was.
func (h *house) picture(v session.Session) []any {
	return []any{h.read(v), h.log(v), h.audits(), h.counts()}
}

func (h *house) counts() map[session.Status]int64 {
	c, err := h.app.Work.Counts(h.t.Context(), h.lead)
	ok(h.t, err)
	return c
}

func TestEveryVerbInEveryState(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var b strings.Builder
		for _, v := range verbs {
			for _, st := range session.Statuses() {
				s := h.at(st)
				before := h.picture(s)
				err := v.do(h.app, t.Context(), h.member, s.ID)
				switch {
				case err != nil:
					fmt.Fprintf(&b, "%-8s %-20s refused: %v\n", v.name, st, err)
					refused(t, v.name+" "+string(st), err, fault.Conflict)
					if diff := cmp.Diff(before, h.picture(s)); diff != "" {
						t.Errorf("%s of a session that is %s was refused and changed:\n%s", v.name, st, diff)
					}
				case v.name == "delete":
					fmt.Fprintf(&b, "%-8s %-20s gone\n", v.name, st)
				default:
					after := h.read(s)
					fmt.Fprintf(&b, "%-8s %-20s %s, attempt %d → %d, log %v\n", v.name, st, after.Status, s.Attempt, after.Attempt, h.states(s))
				}
			}
		}
		golden(t, "verbs.txt", b.String())
	})
}

func TestEveryVerbByEveryRole(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		people := []struct {
			name string
			by   tenant.Actor
			want fault.Kind // empty: it is done
		}{
			{"lead", h.lead, ""}, {"member", h.member, ""}, {"second", h.second, fault.Forbidden}, {"viewer", h.viewer, fault.Forbidden},
			{"stranger", h.stranger, fault.NotFound}, {"admin", h.admin, fault.Forbidden}, {"nobody", h.nobody, fault.Forbidden},
		}
		for _, v := range verbs {
			for _, p := range people {
				s := h.at(v.from)
				before := h.picture(s)
				err := v.do(h.app, t.Context(), p.by, s.ID)
				if p.want == "" {
					if err != nil {
						t.Errorf("%s as %s: %v", v.name, p.name, err)
					}
					continue
				}
				refused(t, v.name+" as "+p.name, err, p.want)
				if diff := cmp.Diff(before, h.picture(s)); diff != "" {
					t.Errorf("%s as %s was refused and changed:\n%s", v.name, p.name, diff)
				}
			}
			refused(t, v.name+" on what is no id", v.do(h.app, t.Context(), h.lead, "../x"), fault.NotFound)
		}
	})
}

func TestAuditIsWrittenWithTheAct(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		want := []string{}
		for _, v := range verbs {
			s := h.at(v.from)
			n := len(h.audits())
			ok(t, v.do(h.app, t.Context(), h.lead, s.ID))
			want = append(want, v.name)
			if got := h.audits(); len(got) != n+1 {
				t.Errorf("%s: %d new entries", v.name, len(got)-n)
			}
		}
		got := slices.DeleteFunc(h.audits(), func(v string) bool { return v == "create_session" || v == "set_provider_key" })
		golden(t, "audit.txt", strings.Join(got, "\n")+"\n")
		if len(got) != len(want) {
			t.Errorf("%d entries for %d verbs", len(got), len(want))
		}
	})
}

func TestStartAtAFullQueue(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ok(t, h.d.Update(ctx, h.alpha.ID, func(s *dbkernel.Scope) error {
			return dbwork.On(s).SetLimits(ctx, tenant.Limits{MaxConcurrent: 1, MaxQueued: 2})
		}))
		drafts := make([]session.Session, 8)
		for i := range drafts {
			drafts[i] = h.draft()
		}
		errs := make(chan error, len(drafts))
		for _, v := range drafts {
			go func() { _, err := h.app.Work.StartSession(ctx, h.member, v.ID); errs <- err }()
		}
		started := 0
		for range drafts {
			if err := <-errs; err == nil {
				started++
			} else if refused(t, "start at a full queue", err, fault.Exhausted); !strings.Contains(err.Error(), "queue") {
				t.Errorf("says %q", err)
			}
		}
		if c := h.counts(); started != 2 || c[session.Queued] != 2 || c[session.Pending] != 6 {
			t.Errorf("%d started: %v", started, c)
		}
		_, err := h.app.Work.CreateSession(ctx, h.member, wanted(), true)
		if refused(t, "create and start", err, fault.Exhausted); h.counts()[session.Pending] != 6 {
			t.Error("a session that could not start was left as a draft")
		}
		h.claims(1)
		if _, err := h.app.Work.CreateSession(ctx, h.member, wanted(), true); err != nil {
			t.Errorf("after a place was freed: %v", err)
		}
	})
}

func TestMessagesAreKeptInOrder(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		for _, text := range []string{"one", "two"} {
			_, err := h.app.Work.SendMessage(ctx, h.member, v.ID, text)
			ok(t, err)
		}
		st, err := h.app.Work.Standing(ctx, l)
		if ok(t, err); len(st.Messages) != 3 || st.Messages[0].Text != "Do it." || st.Messages[2].Text != "two" || !st.Held || st.Last != nil {
			t.Fatalf("standing: %+v", st)
		}
		ok(t, h.app.Work.Record(ctx, l, session.Batch{Sent: []string{st.Messages[0].ID, st.Messages[1].ID}}))
		more, err := h.app.Work.Complete(ctx, l)
		if ok(t, err); !more || h.read(v).Status != session.Running {
			t.Errorf("completed with a message left: %v, %s", more, h.read(v).Status)
		}
		st, err = h.app.Work.Standing(ctx, l)
		if ok(t, err); len(st.Messages) != 1 || st.Last == nil || st.Last.Text != "one" {
			t.Errorf("standing after two were sent: %+v", st)
		}
		ok(t, h.app.Work.Record(ctx, l, session.Batch{Sent: []string{st.Messages[0].ID}}))
		if more, err = h.app.Work.Complete(ctx, l); err != nil || more {
			t.Errorf("completed: %v, %v", more, err)
		}
		for name, text := range map[string]string{"nothing": " \n\t", "too much": strings.Repeat("é", session.MaxPrompt+1)} {
			_, err := h.app.Work.SendMessage(ctx, h.member, v.ID, text)
			refused(t, name, err, fault.Invalid)
		}
		notes := 0
		for _, e := range h.log(v) {
			if e.Type == event.SessionNote {
				notes++
			}
		}
		if v = h.read(v); notes != 3 || v.Status != session.Completed {
			t.Errorf("%d notes, %s", notes, v.Status)
		}
	})
}
