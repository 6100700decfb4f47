package opencode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
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
func fakeTurn(t *testing.T, f *fakeOpenCode, out io.Writer) (*turn, *strings.Builder) {
	t.Helper()
	r := New(Options{Log: slog.New(slog.NewTextHandler(out, nil))})
	srv := &server{team: newTeam(r.opts, r.log, teamKey{tenant: crew}, &r.unknown), client: &client{base: "http://opencode", http: &http.Client{Transport: f}},
		connected: make(chan struct{}), dead: make(chan struct{}), turns: map[string]*turn{}, parents: map[string]string{}, booted: map[string]int{}}
	recorded := &strings.Builder{}
	turn := newTurn(r, runner.Job{Tenant: crew, Session: "s", Conversation: "ses_a", Dir: t.TempDir(), Model: "fake/scripted"}, &printer{recorded})
	turn.srv, turn.conversation = srv, "ses_a"
	return turn, recorded
}

func TestAnIdleTurnThatSentNothingHasNothingToResend(t *testing.T) {
	t.Parallel()
	turn, _ := fakeTurn(t, &fakeOpenCode{}, io.Discard)
	if err := turn.nudge(t.Context()); err != nil {
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
		if _, _, err := turn.fail(t.Context(), sourceError{Name: "x"}); err != nil {
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
		turn.srv.learn(child, "ses_a")
	}
	for range 20 { // the order of the sub-agents is random
		runs, err := turn.runs(t.Context())
		if !runs || !refusedWith(err, http.StatusInternalServerError) {
			t.Fatalf("runs %v, %v", runs, err)
		}
	}
	if n := f.called("/session/ses_e/abort"); n != 20 {
		t.Errorf("a sub-agent beside it was aborted %d of 20 times", n)
	}
}

// bulky is an event of a megabyte.
var bulky = item{of: "ses_a", event: globalEvent{Payload: payload{Properties: make(json.RawMessage, 1<<20)}}}

func TestAFullQueueCountsAsABrokenStream(t *testing.T) {
	t.Parallel()
	b := newBox()
	for range 40 {
		b.push(bulky)
	}
	held, gap := 0, false
	for _, i := range b.take() {
		held += len(i.event.Payload.Properties)
		gap = gap || i.kind == itemGap
	}
	if held > maxQueued || !gap {
		t.Errorf("the queue holds %d bytes, a gap is told: %v", held, gap)
	}
	b.push(bulky)
	if items := b.take(); len(items) != 1 || items[0].kind != itemEvent {
		t.Errorf("an emptied queue holds %d items", len(items))
	}
}

func TestAFullQueueKeepsTheEndOfTheProcessAndOfTheStream(t *testing.T) {
	t.Parallel()
	b := newBox()
	b.push(item{kind: itemDead})
	b.push(item{kind: itemBroken})
	for range 40 {
		b.push(bulky)
	}
	var kinds []itemKind
	for _, i := range b.take() {
		if i.kind != itemEvent {
			kinds = append(kinds, i.kind)
		}
	}
	if len(kinds) != 3 || kinds[0] != itemDead || kinds[1] != itemGap || kinds[2] != itemBroken {
		t.Errorf("kept: %v", kinds)
	}
}

// TestAGapIsCaughtUp reads what a full queue dropped from the history.
func TestAGapIsCaughtUp(t *testing.T) {
	t.Parallel()
	f := &fakeOpenCode{answers: emptyLists()}
	f.answers["/sync/history"] = `[{"id":"evt_1","aggregate_id":"ses_a","seq":0,"type":"message.part.updated.1","data":{"part":{"id":"p","type":"step-finish","cost":1}}}]`
	turn, recorded := fakeTurn(t, f, io.Discard)
	if err := turn.handle(t.Context(), item{kind: itemGap}); err != nil {
		t.Fatal(err)
	}
	if err := turn.flush(t.Context()); err != nil || !strings.Contains(recorded.String(), string(event.AgentUsage)) {
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
	turn.calls = nil // an entry about a tool panics
	out, err := turn.run(t.Context(), turn.srv)
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

func TestAPanicWhileAnEventIsRoutedBreaksTheStream(t *testing.T) {
	t.Parallel()
	f := &fakeOpenCode{answers: map[string]string{"/global/event": `data: {"payload":{"type":"process.dreamt"}}` + "\n\n"}}
	var log bytes.Buffer
	turn, _ := fakeTurn(t, f, &log)
	srv := turn.srv
	srv.team.unknown = nil // counting an unknown type panics
	srv.ctx = t.Context()
	err := srv.readStream(func() {})
	if err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "panic") {
		t.Errorf("the stream ended with %v", err)
	}
	if !strings.Contains(log.String(), "goroutine") {
		t.Errorf("the log has no stack: %s", &log)
	}
}

// TestKillReturnsWhenTheProcessIsGone: the kernel drops the environment of a process that ends before the process itself, and
// a big one takes its time.
func TestKillReturnsWhenTheProcessIsGone(t *testing.T) {
	t.Parallel()
	for n := range 3 {
		generation := fmt.Sprintf("kill-test-%d-%d", os.Getpid(), n)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(cmd.Environ(), heavyVar+"=1", generationVar+"="+generation)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			_, err = io.ReadFull(out, make([]byte, 3))
		}
		if err != nil {
			t.Fatal(err)
		}
		started, err := Plain{}.StartTime(cmd.Process.Pid)
		if err == nil {
			err = Plain{}.Kill(0, generation)
		}
		if err != nil {
			t.Fatal(err)
		}
		if now, err := (Plain{}).StartTime(cmd.Process.Pid); err == nil && now == started {
			t.Error("the process is not gone")
		}
		_ = cmd.Wait() // it was killed
	}
}

// heavyVar makes this program a process with much memory, which the kernel takes long to end.
const heavyVar = "ORCHESTRATOR_TEST_HEAVY"

func beHeavy() {
	weight := make([]byte, 256<<20)
	for i := 0; i < len(weight); i += 4096 {
		weight[i] = 1
	}
	fmt.Println("up")
	select {}
}
