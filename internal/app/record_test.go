package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// batch is a report with something of everything.
func batch() session.Batch {
	said := event.New(event.AgentMessage, event.Actor{}, event.Text{PartID: "prt_1", Text: "Done."})
	said.SourceKey = "1"
	tool := event.New(event.AgentTool, event.Actor{}, event.Tool{CallID: "c", Status: "completed"})
	tool.SourceKey = "2"
	return session.Batch{Events: []event.Event{said, tool}, Cursor: map[string]int64{"ses_1": 2}, Asks: []session.Ask{bash("per_1", "make test")}, Doing: "make test",
		Parts: []session.Part{{ID: "prt_1", Kind: "text", Text: "Don"}, {ID: "prt_2", Kind: "text", Text: "Nex"}}}
}

func (h *house) glass(v session.Session) appwork.SessionDetail {
	h.t.Helper()
	g, err := h.app.Work.SessionDetail(h.t.Context(), h.lead, v.ID, 1000)
	ok(h.t, err)
	return g
}

func TestTheSameBatchTwiceIsOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		ok(t, h.app.Work.Record(ctx, l, batch()))
		once := h.glass(v)
		ok(t, h.app.Work.Record(ctx, l, batch()))
		if diff := cmp.Diff(once, h.glass(v)); diff != "" {
			t.Errorf("the second time changed:\n%s", diff)
		}
		if len(once.Parts) != 1 || once.Parts[0].ID != "prt_2" || once.Session.Doing != "make test" {
			t.Errorf("parts %+v, doing %q", once.Parts, once.Session.Doing)
		}
		older := session.Batch{Cursor: map[string]int64{"ses_1": 1}}
		ok(t, h.app.Work.Record(ctx, l, older))
		if st, err := h.app.Work.Standing(ctx, l); err != nil || st.Cursor["ses_1"] != 2 {
			t.Errorf("the cursor went back: %v, %v", st.Cursor, err)
		}
		for _, e := range once.Events {
			if e.Type == event.AgentMessage && (e.Actor.Kind != "agent" || e.Attempt != 1) {
				t.Errorf("event: %+v", e)
			}
		}
	})
}

func TestStaleLeasesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		ok(t, h.app.Work.Move(ctx, l, session.Failed, session.Reason{Code: session.AgentError}))
		_, err := h.app.Work.RetrySession(ctx, h.member, v.ID, false)
		ok(t, err)
		_, current := h.claim(v)
		stale := map[string]appwork.Lease{"the attempt before": l, "another's token": {Tenant: l.Tenant, Session: l.Session, Attempt: 2, Token: "here/x"},
			"no token": {Tenant: l.Tenant, Session: l.Session, Attempt: 2}, "another team": {Tenant: h.beta.ID, Session: l.Session, Attempt: 2, Token: current.Token}}
		before := h.picture(v)
		for name, l := range stale {
			for what, err := range map[string]error{
				"record": h.app.Work.Record(ctx, l, batch()), "move": h.app.Work.Move(ctx, l, session.Completed, session.Reason{}), "beat": h.app.Work.ExtendLease(ctx, l, h.clock.Now()),
				"note": h.app.Work.AppendEvents(ctx, l, event.New(event.AgentError, event.Actor{}, event.Error{})), "conversation": h.app.Work.SetConversation(ctx, l, "x"),
				"tree": h.app.Work.SetTree(ctx, l, "x"), "diff": h.app.Work.SetDiff(ctx, l, nil, nil, false), "gaps": h.app.Work.SetGaps(ctx, l, repository.Gaps{}), "delivered": h.app.Work.MarkDelivered(ctx, l, "x"),
				"checks": h.app.Work.SetChecks(ctx, l, []repository.CheckResult{{Verdict: repository.Passed}}),
			} {
				refused(t, name+": "+what, err, fault.Conflict)
			}
			ok(t, h.app.Work.Release(ctx, l))
		}
		if diff := cmp.Diff(before, h.picture(v)); diff != "" {
			t.Errorf("a stale writer changed:\n%s", diff)
		}
		ok(t, h.app.Work.ExtendLease(ctx, current, h.clock.Now().Add(time.Minute)))
	})
}

func TestALeaseIsTakenOverWhenItRanOut(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		_, l := h.claimed()
		_, err := h.app.Work.TakeOver(ctx, l, "there", h.clock.Now().Add(time.Minute))
		refused(t, "while it holds", err, fault.Conflict)
		h.clock.Advance(2 * time.Minute)
		taken, err := h.app.Work.TakeOver(ctx, l, "there", h.clock.Now().Add(time.Minute))
		ok(t, err)
		refused(t, "the old holder", h.app.Work.Record(ctx, l, batch()), fault.Conflict)
		ok(t, h.app.Work.Record(ctx, taken, batch()))
	})
}

func TestTroubleComesAndGoes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		why := session.Reason{Code: session.ModelRateLimited, Message: "The provider says wait."}
		for i, c := range []struct {
			trouble *session.Reason
			want    session.Status
			code    session.ReasonCode
		}{{nil, session.Running, ""}, {&session.Reason{}, session.Running, ""}, {&why, session.Degraded, why.Code}, {&why, session.Degraded, why.Code},
			{nil, session.Degraded, why.Code}, {&session.Reason{}, session.Running, ""}} {
			ok(t, h.app.Work.Record(ctx, l, session.Batch{Trouble: c.trouble}))
			if got := h.read(v); got.Status != c.want || got.Reason.Code != c.code {
				t.Errorf("step %d: %s because of %q", i, got.Status, got.Reason.Code)
			}
		}
		if diff := cmp.Diff([]string{"queued", "running", "degraded", "running"}, h.states(v)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBellsRingAfterTheCommitOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		of, leave := h.app.Kernel.Hub.Hang(hub.Session(v.Tenant, v.ID))
		defer leave()
		orders, leave2 := h.app.Kernel.Hub.Hang(appwork.Orders(v.Tenant, v.ID))
		defer leave2()
		rang := func(b *hub.Bell) bool {
			select {
			case <-b.Ring:
				return true
			default:
				return false
			}
		}
		refused(t, "resume", func() error { _, err := h.app.Work.ResumeSession(ctx, h.member, v.ID); return err }(), fault.Conflict)
		if rang(of) || rang(orders) {
			t.Error("a refusal rang")
		}
		plain := batch()
		plain.Asks = nil
		ok(t, h.app.Work.Record(ctx, l, plain))
		if !rang(of) || rang(orders) {
			t.Error("a report rings for readers, not for its own driver")
		}
		ok(t, h.app.Work.Record(ctx, l, batch()))
		if !rang(of) || !rang(orders) {
			t.Error("an ask stops the driver's clocks: it rings for both")
		}
		_, err := h.app.Work.SendMessage(ctx, h.member, v.ID, "And?")
		if ok(t, err); !rang(of) || !rang(orders) {
			t.Error("a message rings for readers and for the driver")
		}
		h.app.Work.SendLive(l, session.Part{ID: "p", Kind: "text", Text: "x"})
		if f := <-of.Frames; f.Text != "x" || len(h.log(v)) != int(h.read(v).LastSeq) {
			t.Errorf("frame %+v", f)
		}
	})
}

func TestDiffAndChecksAreReplaced(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		for n := range 2 {
			files := []session.FileChange{{Path: fmt.Sprint(n), Status: "modified", Additions: 3 + n, Deletions: 1, Patch: "@@"}}
			ok(t, h.app.Work.SetDiff(ctx, l, files, []byte("raw \xff"), n == 1))
			ok(t, h.app.Work.SetChecks(ctx, l, []repository.CheckResult{{Command: "go vet", Verdict: repository.Passed, FinishedAt: h.clock.Now()},
				{Command: "go test", Verdict: repository.TimedOut, FinishedAt: h.clock.Now()}}))
		}
		fs, err := h.app.Work.Files(ctx, h.viewer, v.ID)
		ok(t, err)
		p, err := h.app.Work.Patch(ctx, h.viewer, v.ID, 0)
		ok(t, err)
		cs, err := h.app.Work.Checks(ctx, h.viewer, v.ID, 0)
		ok(t, err)
		if got := h.read(v); len(fs) != 1 || fs[0].Path != "1" || string(p.Text) != "raw \xff" || !p.Truncated || len(cs) != 2 || got.Additions != 4 || got.FilesChanged != 1 {
			t.Errorf("files %+v, patch %q, checks %+v, sums %d %d", fs, p.Text, cs, got.FilesChanged, got.Additions)
		}
		sums := 0
		for _, e := range h.log(v) {
			if e.Type == event.SessionChecks && event.Decode[event.Checks](e) == (event.Checks{Passed: 1, Failed: 1}) {
				sums++
			}
		}
		if sums != 2 {
			t.Errorf("%d sums in the log", sums)
		}
	})
}
