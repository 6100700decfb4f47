package app_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// bash is what the agent asks before it runs a command.
func bash(source, command string) session.Ask {
	return session.Ask{SourceID: source, Kind: session.Approval, Permission: "bash", Patterns: []string{command}, Always: []string{strings.Fields(command)[0] + " *"}}
}

func which(source string) session.Ask {
	return session.Ask{SourceID: source, Kind: session.Question, Questions: json.RawMessage(`[{"question":"Which?"}]`)}
}

// asks records what an agent asks and gives all asks of the session.
func (h *house) asks(l appwork.Lease, asked ...session.Ask) []session.Ask {
	h.t.Helper()
	ok(h.t, h.app.Work.Record(h.t.Context(), l, session.Batch{Asks: asked}))
	as, err := h.app.Work.Asks(h.t.Context(), h.lead, l.Session)
	ok(h.t, err)
	return as
}

func (h *house) reply(by tenant.Actor, of session.ID, a session.Ask, r session.Reply) error {
	return h.app.Work.AnswerAsk(h.t.Context(), by, of, a.ID, appwork.Answer{Reply: r})
}

func TestAnAskIsAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		h.clock.Advance(10 * time.Second)
		a := h.asks(l, bash("per_1", "make test"))[0]
		if got := h.read(v); got.WaitingFor != session.Approval || got.RanSince != nil || got.Ran != 10*time.Second {
			t.Errorf("waits for %q, ran %v", got.WaitingFor, got.Ran)
		}
		h.clock.Advance(time.Hour)
		errs := make(chan error, 6)
		for range cap(errs) {
			go func() { errs <- h.reply(h.lead, v.ID, a, session.Once) }()
		}
		won := 0
		for range cap(errs) {
			if err := <-errs; err == nil {
				won++
			} else {
				refused(t, "a second answer", err, fault.Conflict)
			}
		}
		replies := 0
		for _, e := range h.log(v) {
			if e.Type == event.AgentPermission && event.Decode[event.Ask](e).Status == "replied" {
				replies++
			}
		}
		if got := h.read(v); won != 1 || replies != 1 || got.WaitingFor != "" || got.Elapsed(h.clock.Now()) != 10*time.Second {
			t.Errorf("%d won, %d in the log, waits for %q, elapsed %v", won, replies, got.WaitingFor, got.Elapsed(h.clock.Now()))
		}
		st, err := h.app.Work.Standing(t.Context(), l)
		if ok(t, err); len(st.Replies) != 1 || st.Replies[0].Ask.Reply != session.Once || st.OpenAsk != nil {
			t.Errorf("standing: %+v", st)
		}
		ok(t, h.app.Work.MarkDelivered(t.Context(), l, a.ID))
		if st, err = h.app.Work.Standing(t.Context(), l); err != nil || len(st.Replies) != 0 {
			t.Errorf("after delivery: %+v, %v", st.Replies, err)
		}
	})
}

func TestWhoMayAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		other, _ := h.claimed()
		a := h.asks(l, bash("per_1", "make test"))[0]
		before := h.picture(v)
		for name, c := range map[string]struct {
			by   tenant.Actor
			want fault.Kind
		}{"second": {h.second, fault.Forbidden}, "viewer": {h.viewer, fault.Forbidden}, "stranger": {h.stranger, fault.NotFound},
			"admin": {h.admin, fault.Forbidden}, "nobody": {h.nobody, fault.Forbidden}} {
			refused(t, name, h.reply(c.by, v.ID, a, session.Once), c.want)
		}
		refused(t, "by way of another session", h.reply(h.lead, other.ID, a, session.Once), fault.NotFound)
		refused(t, "what is no id", h.app.Work.AnswerAsk(t.Context(), h.lead, v.ID, "x", appwork.Answer{Reply: session.Once}), fault.NotFound)
		for name, ans := range map[string]appwork.Answer{"no reply": {}, "a question's reply": {Reply: session.Answered}, "another word": {Reply: "yes"},
			"a novel": {Reply: session.Once, Message: strings.Repeat("é", 10_001)}} {
			refused(t, name, h.app.Work.AnswerAsk(t.Context(), h.lead, v.ID, a.ID, ans), fault.Invalid)
		}
		if diff := cmp.Diff(before, h.picture(v)); diff != "" {
			t.Errorf("refused answers changed:\n%s", diff)
		}
		ok(t, h.reply(h.member, v.ID, a, session.Once))
	})
}

func TestQuestionsTakeAnswers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		a := h.asks(l, which("que_1"))[0]
		for name, ans := range map[string]appwork.Answer{"once": {Reply: session.Once}, "no labels": {Reply: session.Answered},
			"not a list": {Reply: session.Answered, Answers: []byte(`{"a":1}`)}, "an empty list": {Reply: session.Answered, Answers: []byte(`[]`)}} {
			refused(t, name, h.app.Work.AnswerAsk(t.Context(), h.member, v.ID, a.ID, ans), fault.Invalid)
		}
		ok(t, h.app.Work.AnswerAsk(t.Context(), h.member, v.ID, a.ID, appwork.Answer{Reply: session.Answered, Answers: []byte(`[["SQLite"]]`)}))
		st, err := h.app.Work.Standing(t.Context(), l)
		if ok(t, err); len(st.Replies) != 1 || string(st.Replies[0].Answers) != `[["SQLite"]]` {
			t.Errorf("replies: %+v", st.Replies)
		}
	})
}

func TestRejectWithWords(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		a := h.asks(l, bash("per_1", "rm -rf build"))[0]
		ok(t, h.app.Work.AnswerAsk(t.Context(), h.member, v.ID, a.ID, appwork.Answer{Reply: session.Reject, Message: "Use make \x00clean."}))
		st, err := h.app.Work.Standing(t.Context(), l)
		if ok(t, err); len(st.Replies) != 1 || st.Replies[0].Ask.Reply != session.Reject || st.Replies[0].Ask.Message != "Use make �clean." {
			t.Errorf("replies: %+v", st.Replies)
		}
		if again := h.asks(l, bash("per_2", "rm -rf build")); again[1].Reply == session.Once {
			t.Error("a rejection was taken for a permission")
		}
	})
}

func TestAlwaysAnswersTheSameAskOfThisSession(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		other, l2 := h.claimed()
		ok(t, h.reply(h.member, v.ID, h.asks(l, bash("per_1", "make test"))[0], session.Always))
		ok(t, h.app.Work.MarkDelivered(t.Context(), l, h.asks(l)[0].ID))
		as := h.asks(l, bash("per_2", "make lint"), bash("per_3", "makeshift"), bash("per_4", "make"), session.Ask{SourceID: "per_5", Kind: session.Approval,
			Permission: "bash", Patterns: []string{"make x", "rm y"}}, session.Ask{SourceID: "per_6", Kind: session.Approval, Permission: "edit", Patterns: []string{"make x"}},
			session.Ask{SourceID: "per_7", Kind: session.Approval, Permission: "bash"})
		for i, want := range []session.Reply{session.Always, session.Once, "", session.Once, "", "", ""} {
			if as[i].Reply != want || want == session.Once && as[i].RepliedBy != "" {
				t.Errorf("%s %q: answered %q by %q, want %q", as[i].SourceID, as[i].Patterns, as[i].Reply, as[i].RepliedBy, want)
			}
		}
		if got := h.asks(l2, bash("per_1", "make test")); got[0].Reply != "" || h.read(other).WaitingFor != session.Approval {
			t.Error("always spread to another session")
		}
		if got := h.read(v).WaitingFor; got != session.Approval {
			t.Errorf("with open asks left it waits for %q", got)
		}
	})
}

func TestAnAnswerWhilePausedTakesTheSessionUp(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		as := h.asks(l, bash("per_1", "make test"), which("que_1"))
		ok(t, h.app.Work.Move(ctx, l, session.Paused, session.Reason{Code: session.PermissionTimeout, Message: "Nobody answered."}))
		if needs, err := h.app.Work.NeedsYou(ctx, h.viewer); err != nil || len(needs) != 2 {
			t.Errorf("needs you: %d, %v", len(needs), err)
		}
		ok(t, h.reply(h.member, v.ID, as[0], session.Reject))
		if got := h.read(v).Status; got != session.Paused {
			t.Errorf("with one of two answered it is %s", got)
		}
		ok(t, h.app.Work.AnswerAsk(ctx, h.member, v.ID, as[1].ID, appwork.Answer{Reply: session.Answered, Answers: []byte(`[["a"]]`)}))
		if got := h.read(v); got.Status != session.Queued || got.Attempt != 1 {
			t.Errorf("with both answered it is %s, attempt %d", got.Status, got.Attempt)
		}
		// The turn was interrupted: the agent asks the same again under new IDs and gets the answer immediately.
		_, l = h.claim(v)
		as = h.asks(l, bash("per_3", "make test"), which("que_3"), bash("per_4", "make lint"))
		for i, want := range []session.Reply{session.Reject, session.Answered, session.Reject, session.Answered, ""} {
			if as[i].Reply != want {
				t.Errorf("%s: %q, want %q", as[i].SourceID, as[i].Reply, want)
			}
		}
	})
}

func TestAPersonsPauseIsNotEndedByAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		a := h.asks(l, bash("per_1", "make test"))[0]
		_, err := h.app.Work.PauseSession(t.Context(), h.member, v.ID)
		ok(t, err)
		ok(t, h.reply(h.member, v.ID, a, session.Once))
		if got := h.read(v).Status; got != session.Paused {
			t.Errorf("it is %s", got)
		}
	})
}

func TestAsksEndWithTheAttempt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for name, end := range map[string]func(session.Session, appwork.Lease) error{
			"a person stops": func(v session.Session, _ appwork.Lease) error {
				_, err := h.app.Work.StopSession(ctx, h.member, v.ID)
				return err
			},
			"it fails": func(_ session.Session, l appwork.Lease) error {
				return h.app.Work.Move(ctx, l, session.Failed, session.Reason{})
			},
			"the time is out": func(_ session.Session, l appwork.Lease) error {
				return h.app.Work.Move(ctx, l, session.Timeout, session.Reason{})
			},
		} {
			v, l := h.claimed()
			old := h.asks(l, bash("per_1", "make test"))[0]
			ok(t, end(v, l))
			refused(t, name+": an answer afterwards", h.reply(h.member, v.ID, old, session.Once), fault.Conflict)
			_, err := h.app.Work.RetrySession(ctx, h.member, v.ID, false)
			ok(t, err)
			_, l = h.claim(v)
			as := h.asks(l, bash("per_2", "make test"))
			ok(t, h.reply(h.member, v.ID, as[1], session.Once))
			if got := h.read(v); got.WaitingFor != "" || got.RanSince == nil {
				t.Errorf("%s: the next attempt waits for %q after its ask was answered", name, got.WaitingFor)
			}
		}
	})
}

func TestAsksGoneAtTheAgent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, l := h.claimed()
		a := h.asks(l, bash("per_1", "make test"))[0]
		ok(t, h.app.Work.Record(t.Context(), l, session.Batch{Gone: []string{"per_1", "per_unknown"}}))
		refused(t, "an answer to what is gone", h.reply(h.member, v.ID, a, session.Once), fault.Conflict)
		if got := h.read(v).WaitingFor; got != "" {
			t.Errorf("it waits for %q", got)
		}
	})
}
