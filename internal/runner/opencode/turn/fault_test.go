package turn

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// fakeOpenCode answers by path; a path it does not know gets an empty object.
type fakeOpenCode struct {
	mu      sync.Mutex
	answers map[string]string
	refuse  map[string]bool
	calls   []string
	// endsAtAbort lets nothing run after an abort.
	endsAtAbort bool
}

func (f *fakeOpenCode) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, r.URL.Path)
	status, text := http.StatusOK, f.answers[r.URL.Path]
	if text == "" {
		text = "{}"
	}
	if strings.HasSuffix(r.URL.Path, "/abort") && f.endsAtAbort {
		f.answers["/session/status"] = "{}"
	}
	if f.refuse[r.URL.Path] {
		status = http.StatusInternalServerError
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func (f *fakeOpenCode) called(path string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.calls {
		if c == path {
			n++
		}
	}
	return n
}

// emptyLists are the answers of a process that has nothing to say.
func emptyLists() map[string]string {
	return map[string]string{"/experimental/session": "[]", "/sync/history": "[]", "/permission": "[]", "/question": "[]", "/session/ses_a/message": "[]"}
}

// fakeTurn is a turn of the conversation ses_a at an OpenCode that f plays.
func fakeTurn(t *testing.T, f *fakeOpenCode, log io.Writer) (*Turn, *strings.Builder) {
	t.Helper()
	recorded, unknown := &strings.Builder{}, &wire.Counter{}
	job := runner.Job{Tenant: crew, Session: "s", Conversation: "ses_a", Dir: t.TempDir(), Model: "fake/scripted"}
	return newTurn(job, &printer{recorded}, standIn(f, unknown), unknown, slog.New(slog.NewTextHandler(log, nil))), recorded
}

func TestAnIdleTurnThatSentNothingHasNothingToResend(t *testing.T) {
	t.Parallel()
	turn, _ := fakeTurn(t, &fakeOpenCode{}, io.Discard)
	if err := turn.resendNewest(t.Context()); err != nil {
		t.Error(err)
	}
}

// A message may be sent while the loop fails the turn: run with -race.
func TestAMessageMayArriveWhileTheTurnFails(t *testing.T) {
	t.Parallel()
	for range 50 {
		turn, _ := fakeTurn(t, &fakeOpenCode{}, io.Discard)
		var sent sync.WaitGroup
		sent.Go(func() { _ = turn.send(t.Context(), message("late")) }) // the turn may have closed by then
		if _, _, err := turn.fail(t.Context(), wire.Failure{Name: "x"}); err != nil {
			t.Error(err)
		}
		sent.Wait()
	}
}

func TestAnAbortThatFailedIsReported(t *testing.T) {
	t.Parallel()
	f := &fakeOpenCode{answers: map[string]string{"/session/status": `{"ses_b":{"type":"busy"},"ses_c":{"type":"busy"},"ses_d":{"type":"busy"},"ses_e":{"type":"busy"}}`},
		refuse: map[string]bool{"/session/ses_c/abort": true}}
	turn, _ := fakeTurn(t, f, io.Discard)
	for _, child := range []string{"ses_b", "ses_c", "ses_d", "ses_e"} {
		turn.srv.Family.SetParent(child, "ses_a")
	}
	for range 20 { // the order of the sub-agents is random
		runs, err := turn.abortSubAgents(t.Context())
		if !runs || !wire.RefusedWith(err, http.StatusInternalServerError) {
			t.Fatalf("runs %v, %v", runs, err)
		}
	}
	if n := f.called("/session/ses_e/abort"); n != 20 {
		t.Errorf("a sub-agent beside it was aborted %d of 20 times", n)
	}
}

// TestAGapIsCaughtUp reads what a full queue dropped from the history.
func TestAGapIsCaughtUp(t *testing.T) {
	t.Parallel()
	f := &fakeOpenCode{answers: emptyLists()}
	f.answers["/sync/history"] = `[{"id":"evt_1","aggregate_id":"ses_a","seq":0,"type":"message.part.updated.1","data":{"part":{"id":"p","type":"step-finish","cost":1}}}]`
	turn, recorded := fakeTurn(t, f, io.Discard)
	if err := turn.handle(t.Context(), proc.Item{Kind: proc.EventsDropped}); err != nil {
		t.Fatal(err)
	}
	if err := turn.report.flush(t.Context()); err != nil || !strings.Contains(recorded.String(), string(event.AgentUsage)) {
		t.Errorf("%v; recorded: %s", err, recorded)
	}
}

func TestAPanicWhileAnEventIsMappedFailsItsSessionOnly(t *testing.T) {
	t.Parallel()
	f := &fakeOpenCode{answers: emptyLists(), endsAtAbort: true}
	f.answers["/session/status"] = `{"ses_a":{"type":"busy"}}`
	f.answers["/sync/history"] = `[{"id":"evt_1","aggregate_id":"ses_a","seq":0,"type":"message.part.updated.1","data":{"part":{"id":"p","messageID":"m","type":"tool","state":{"status":"running"}}}}]`
	var log bytes.Buffer
	turn, recorded := fakeTurn(t, f, &log)
	turn.transcript.calls = nil // an entry about a tool panics
	out, err := turn.Run(t.Context(), turn.srv)
	if err != nil || out.End != runner.Failed || out.Reason.Code != session.AgentError || out.Reason.Message == "" {
		t.Errorf("the turn ended %+v, %v", out, err)
	}
	if !strings.Contains(log.String(), "goroutine") || !strings.Contains(log.String(), "assignment to entry in nil map") {
		t.Errorf("the log has no stack: %s", &log)
	}
	if f.called("/session/ses_a/abort") == 0 {
		t.Error("the agent works on unseen")
	}
	if got := recorded.String(); !strings.Contains(got, "cursor ses_a 0") || !strings.Contains(got, string(event.AgentRaw)) {
		t.Errorf("the event is read again by the next turn; recorded: %s", got)
	}
}

func message(text string) session.Message {
	msg, prt := session.NewMessageID(time.Now())
	return session.Message{ID: msg, PartID: prt, Text: text}
}

// TestAMessageBehindItsAnswerIsSentUnderALaterID: OpenCode never looks at a message that sorts before a finished answer
// which was made without it.
func TestAMessageBehindItsAnswerIsSentUnderALaterID(t *testing.T) {
	t.Parallel()
	f := &fakeOpenCode{}
	turn, _ := fakeTurn(t, f, io.Discard)
	first, second, late := message("first"), message("second"), message("x")
	turn.outbox.noteMessage(late.ID)
	turn.outbox.addEarlier(prompt{id: first.ID})
	p := turn.outbox.addEarlier(prompt{ours: second.ID, id: second.ID, part: second.PartID})
	turn.transcript.answer = wire.Message{ID: late.ID, ParentID: first.ID, Finish: "stop", Time: wire.MessageTime{Completed: 1}}
	if turn.isSettled() {
		t.Fatal("the second message counts as answered")
	}
	if err := turn.resendNewest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.id <= late.ID || endOf(p.id) != endOf(second.ID) || p.part == second.PartID || f.called("/session/ses_a/prompt_async") != 1 {
		t.Errorf("sent again as %+v", p)
	}
}

// TestAQuietConversationIsAskedWhetherItWorks: the status came late when the stream was opened, and the word that it is idle came before.
func TestAQuietConversationIsAskedWhetherItWorks(t *testing.T) {
	t.Parallel()
	f := &fakeOpenCode{answers: map[string]string{"/session/status": `{"ses_a":{"type":"busy"}}`}}
	turn, _ := fakeTurn(t, f, io.Discard)
	turn.transcript.open("ses_a")
	turn.transcript.answer = wire.Message{ID: "msg_b", ParentID: "msg_a", Finish: "stop", Time: wire.MessageTime{Completed: 1}}
	long := func() { turn.verdict.hear(turn.clock.Now().Add(-quiet)) }
	for range 2 {
		long()
		if _, over, err := turn.checkEnd(t.Context()); over || err != nil || turn.verdict.isIdle() {
			t.Fatalf("while it works: over %v, %v", over, err)
		}
	}
	f.mu.Lock()
	f.answers["/session/status"] = "{}"
	f.mu.Unlock()
	if _, over, err := turn.checkEnd(t.Context()); over || err != nil || turn.verdict.isIdle() {
		t.Fatalf("it was asked too soon: over %v, %v", over, err)
	}
	long()
	if _, _, err := turn.checkEnd(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out, over, err := turn.checkEnd(t.Context()); !over || err != nil || out.End != runner.Done {
		t.Errorf("idle: %+v, over %v, %v", out, over, err)
	}
}

// TestAStaleStatusDoesNotKeepATurn: a busy host's OpenCode can still list a conversation as busy after it said that it is idle, and says
// so only once.
func TestAStaleStatusDoesNotKeepATurn(t *testing.T) {
	t.Parallel()
	f := &fakeOpenCode{answers: map[string]string{"/session/status": `{"ses_a":{"type":"busy"}}`}}
	turn, _ := fakeTurn(t, f, io.Discard)
	turn.transcript.open("ses_a")
	turn.transcript.answer = wire.Message{ID: "msg_b", ParentID: "msg_a", Finish: "stop", Time: wire.MessageTime{Completed: 1}}
	turn.verdict.setIdle(true)
	if _, over, err := turn.checkEnd(t.Context()); over || err != nil {
		t.Fatalf("with a busy status: over %v, %v", over, err)
	}
	f.mu.Lock()
	f.answers["/session/status"] = "{}"
	f.mu.Unlock()
	if out, over, err := turn.checkEnd(t.Context()); !over || err != nil || out.End != runner.Done {
		t.Errorf("with an idle status: %+v, over %v, %v", out, over, err)
	}
}
