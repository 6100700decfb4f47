package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// fails reports a test command that fails in the same way as always.
func (h *house) fails(a *app.App, l appwork.Lease, n int) error {
	exit, part := 1, "prt_"+id.New()
	e := event.New(event.AgentTool, event.Actor{}, event.Tool{PartID: part, CallID: "c", Tool: "bash", Status: "completed", Input: json.RawMessage(`{"command":"go test ./store"}`),
		Output: fmt.Sprintf("FAIL: pool_test.go:88: deadline exceeded\nFAIL store 31.0%ds", n), Exit: &exit, DurationMS: 31_000})
	e.SourceKey = part
	h.clock.Advance(time.Second)
	return a.Work.Record(h.t.Context(), l, session.Batch{Events: []event.Event{e}})
}

// answers records a model call with an answer.
func (h *house) answers(v session.Session, response string) {
	h.t.Helper()
	h.clock.Advance(time.Second)
	c := finished(v.ID, 5_000)
	c.Started, c.AgentSession, c.Response = h.clock.Now(), "ses_main", json.RawMessage(response)
	c.Counts = usage.Counts{Input: 900, Output: 100}
	ok(h.t, h.app.Work.RecordCall(h.t.Context(), v.Tenant, c, nil))
}

func (h *house) stops(v session.Session) []loop.Stop {
	h.t.Helper()
	l, err := h.app.Work.LoopStops(h.t.Context(), h.viewer, v.ID)
	ok(h.t, err)
	return l.Own
}

func (h *house) isStopped(v session.Session) bool {
	s := h.read(v)
	return s.Status == session.Paused && s.Reason.Code == session.LoopDetected
}

func TestASessionThatRepeatsItselfIsPausedWithTheEvidence(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		for n := range 6 {
			if h.isStopped(v) {
				t.Fatalf("stopped after %d times", n)
			}
			h.answers(v, `{"text":"","tools":[{"name":"bash","arguments":"{\"command\":\"go test ./store\"}"}]}`)
			ok(t, h.fails(h.app, l, n))
		}
		s, stops := h.read(v), h.stops(v)
		if !h.isStopped(v) || s.Reason.Message != "The same call failed 6 times with the same error: bash go test ./store." || len(stops) != 1 {
			t.Fatalf("%s %+v, %d stops", s.Status, s.Reason, len(stops))
		}
		e := stops[0].Evidence
		if e.Sign != loop.SameCall || e.Count != 6 || e.Limit != 6 || len(e.Turns) != 6 || e.Turns[0].Seq == 0 || e.Turns[5].Seq <= e.Turns[0].Seq || len(e.Signs) != 3 {
			t.Errorf("evidence %+v", e)
		}
		if e.Tokens != 5_000 || e.TotalTokens != 6_000 || e.TotalCost != 30_000 || !strings.Contains(e.Text, "deadline exceeded") {
			t.Errorf("cost %+v", e)
		}
		h.answers(v, `{"text":"one that was on its way"}`)
		if len(h.stops(v)) != 1 {
			t.Error("a late answer stopped it again")
		}
	})
}

func TestAnswersThatRepeatThemselvesPauseASession(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for response, sign := range map[string]loop.Sign{`{"text":"half an answer"}`: loop.SameAnswer, `{"text":"","tools":[]}`: loop.NoAnswer, `{}`: loop.NoAnswer} {
			v, _ := h.claimed()
			for range 5 {
				h.answers(v, response)
			}
			if h.isStopped(v) {
				t.Errorf("%s: stopped early", response)
			}
			if h.answers(v, response); !h.isStopped(v) || h.stops(v)[0].Evidence.Sign != sign {
				t.Errorf("%s: %s, %+v", response, h.read(v).Status, h.stops(v))
			}
		}
	})
}

// What was counted is read from the log again, so a server that is killed and started again counts on.
func TestARestartEndsNoRowOfRepeats(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		for n := range 6 {
			again := app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Keys: h.keys, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
			ok(t, h.fails(again, l, n))
		}
		if !h.isStopped(v) {
			t.Errorf("%s: %+v", h.read(v).Status, h.read(v).Reason)
		}
	})
}

func TestAStopThatCannotBeStoredIsStoredLater(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		for n := range 5 {
			ok(t, h.fails(h.app, l, n))
		}
		allow := h.stopAudit()
		ok(t, h.fails(h.app, l, 6)) // its report is stored
		if h.isStopped(v) {
			t.Fatal("stopped without its entry in the audit log")
		}
		allow()
		if ok(t, h.fails(h.app, l, 7)); !h.isStopped(v) || h.stops(v)[0].Evidence.Count != 7 {
			t.Errorf("%s, %+v", h.read(v).Status, h.stops(v))
		}
	})
}

// A parent and its children are counted together, and stop together.
func TestAFamilyIsPausedTogether(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		parent, pl := h.claimed()
		ok(t, h.fails(h.app, pl, 0))
		var kids []session.Session
		var leases []appwork.Lease
		for range 3 {
			w := wanted()
			w.ParentID = parent.ID
			k, err := h.app.Work.CreateSession(ctx, h.member, w, true)
			ok(t, err)
			k, l := h.claim(k)
			kids, leases = append(kids, k), append(leases, l)
		}
		for n := range 9 {
			if h.isStopped(parent) {
				t.Fatalf("stopped after %d of the children's", n)
			}
			ok(t, h.fails(h.app, leases[n%3], n))
		}
		for _, s := range append(kids, parent) {
			if stops := h.stops(s); !h.isStopped(s) || len(stops) != 1 || !stops[0].Evidence.Family || stops[0].Evidence.Count != 10 || len(stops[0].Evidence.Sessions) != 4 {
				t.Errorf("%s, %+v", h.read(s).Status, stops)
			}
		}
	})
}

// needs compares what waits for answers in the team, everywhere it is shown, and how many of them a person may give.
func (h *house) needs(by tenant.Actor, mine int64, want ...session.Session) {
	h.t.Helper()
	ctx := h.t.Context()
	f, err := h.app.Work.Frame(ctx, by)
	ok(h.t, err)
	o, err := h.app.Work.Overview(ctx, by)
	ok(h.t, err)
	all, err := h.app.Work.NeedsYou(ctx, by)
	ok(h.t, err)
	list, err := h.app.Work.Sessions(ctx, by, session.Filter{NeedsYou: true})
	ok(h.t, err)
	if f.NeedsYou != mine || f.Asks != int64(len(want)) || len(all) != len(want) || len(o.NeedsYou) != len(want) || len(list.Items) != len(want) {
		h.t.Errorf("%s sees %d of %d, %d, %d and %d in lists; want %d of %d", by.Name, f.NeedsYou, f.Asks, len(all), len(o.NeedsYou), len(list.Items), mine, len(want))
		return
	}
	for i, s := range want {
		if all[i].Session.ID != s.ID || all[i].Ask.Kind != session.LoopStop || !all[i].Ask.AskedAt.Equal(h.clock.Now()) {
			h.t.Errorf("%s needs %+v", s.ID, all[i].Ask)
		}
	}
}

func TestAPersonAnswersAStoppedSession(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		again := func() {
			t.Helper()
			for n := range 6 {
				ok(t, h.fails(h.app, l, n))
			}
			if !h.isStopped(v) {
				t.Fatal("not stopped")
			}
			h.needs(h.lead, 1, v)
			h.needs(h.member, 1, v)
			h.needs(h.second, 0, v)
		}
		resumed := func(s session.Session, err error) {
			t.Helper()
			if ok(t, err); s.Status != session.Queued {
				t.Fatal(s.Status)
			}
			h.needs(h.lead, 0)
			_, l = h.claim(v)
		}
		again()
		resumed(h.app.Work.ResumeSession(ctx, h.member, v.ID))
		again()
		_, err := h.app.Work.ResumeSession(ctx, h.member, v.ID)
		refused(t, "as it is, twice", err, fault.Conflict)
		_, err = h.app.Work.SendAndResume(ctx, h.member, v.ID, "  ")
		refused(t, "without a message", err, fault.Invalid)
		_, err = h.app.Work.SendAndResume(ctx, h.viewer, v.ID, "x")
		refused(t, "by a viewer", err, fault.Forbidden)
		resumed(h.app.Work.SendAndResume(ctx, h.lead, v.ID, "Look at pg_stat_activity."))
		_, err = h.app.Work.SendAndResume(ctx, h.lead, v.ID, "Once more.")
		refused(t, "while it runs", err, fault.Conflict)
		again()
		_, err = h.app.Work.StopSession(ctx, h.lead, v.ID)
		ok(t, err)
		var replies []loop.Reply
		for _, s := range h.stops(v) {
			replies = append(replies, s.Reply)
		}
		if fmt.Sprint(replies) != "[ended told resumed]" || h.stops(v)[1].Replier != h.lead.Name || h.stops(v)[0].RepliedAt == nil {
			t.Errorf("answers %v, %+v", replies, h.stops(v)[1])
		}
		other, ol := h.claimed()
		for n := range 6 {
			ok(t, h.fails(h.app, ol, n))
		}
		all, err := h.app.Work.LoopStops(ctx, h.member, other.ID)
		if ok(t, err); len(all.Team) != 3 || all.Team[0].Title != v.Title || all.Team[0].Status != string(session.Stopped) {
			t.Errorf("stopped before: %+v", all.Team)
		}
	})
}

// A person's message ends the row of repeats of a running session.
func TestAMessageEndsARowOfRepeats(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		for n := range 20 {
			if n%5 == 0 {
				_, err := h.app.Work.SendMessage(t.Context(), h.member, v.ID, "Go on.")
				ok(t, err)
			}
			ok(t, h.fails(h.app, l, n))
		}
		if h.isStopped(v) {
			t.Errorf("%+v", h.read(v).Reason)
		}
	})
}
