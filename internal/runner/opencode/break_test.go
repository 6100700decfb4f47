package opencode

import (
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// reached waits until the model has come to a gate.
func (h *house) reached(t *testing.T, gate string) {
	t.Helper()
	select {
	case <-h.model.Reached(gate):
	case <-time.After(within):
		t.Fatalf("the model never came to gate %s", gate)
	}
}

func TestAnAbortedTurnGoesOnLater(t *testing.T) {
	t.Parallel()
	h := sharedRunner(t)
	d := newDesk(t, h, script(`{"text":"one two three four","gate":"abort","gate_at":"text"}`, `{"text":"resumed"}`))
	r := d.start(t)
	h.reached(t, "abort")
	d.await(t, "the text", func() bool { return len(d.parts) > 0 })
	r.cancel()
	r.end(t, runner.Aborted)
	if got := strings.Join(d.texts(), ""); got == "" || !strings.HasPrefix("one two three four", got) {
		t.Errorf("what was said before the abort is %q", got)
	}
	if err := h.Signal(t.Context(), crew, d.job.Session, runner.Signal{Message: &session.Message{}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a signal to an ended turn answers %v", err)
	}
	d.start(t).end(t, runner.Done)
	if got := d.texts(); len(got) == 0 || got[len(got)-1] != "resumed" {
		t.Errorf("the agent said %q", got)
	}
	d.wantOnce(t)
}

func TestAMessageWhileItWorksIsAnswered(t *testing.T) {
	t.Parallel()
	h := sharedRunner(t)
	d := newDesk(t, h, script(`{"text":"first answer","gate":"queue","gate_at":"text"}`))
	r := d.start(t)
	h.reached(t, "queue")
	second, third := message("second"), message("third")
	d.signal(t, runner.Signal{Message: &second})
	d.signal(t, runner.Signal{Message: &third})
	h.model.Open("queue")
	r.end(t, runner.Done)
	got := d.texts()
	if got[0] != "first answer" || got[len(got)-1] != "ok: third" {
		t.Errorf("the agent said %q", got)
	}
	for _, m := range []session.Message{d.job.Messages[0], second, third} {
		if !slices.Contains(d.sent, m.ID) {
			t.Errorf("%q was not sent: %q", m.Text, d.sent)
		}
	}
}

func TestAKilledProcessIsLostAndItsWorkGoesOn(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	// The last turn twice: OpenCode may tell the model of the half-said one, which the script then counts as said.
	d := newDesk(t, h, script(`{"text":"first ","tools":[{"name":"bash","args":{"command":"echo one","description":"d"}}]}`,
		`{"text":"one two three","gate":"kill","gate_at":"text"}`, `{"text":"one two three"}`))
	r := d.start(t)
	h.reached(t, "kill")
	d.await(t, "the tool", func() bool {
		return slices.ContainsFunc(d.events, func(e event.Event) bool { return event.Decode[event.Tool](e).Status == "completed" })
	})
	p := d.process()
	if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if out := r.end(t, runner.Lost); out.Reason.Code != session.RunnerLost {
		t.Errorf("the reason is %+v", out.Reason)
	}
	h.model.Open("kill")
	d.start(t).end(t, runner.Done)
	d.wantOnce(t)
	d.wantTexts(t, "first ", "one two three") // what was half said is lost with the process, and said again
	if again := d.process(); again.PID == p.PID || again.PID == 0 {
		t.Errorf("the second turn ran in process %d after %d was killed", again.PID, p.PID)
	}
}

func TestASecondRunnerAdoptsTheProcessAndItsTurn(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	d := newDesk(t, h, script(`{"text":"one two three","gate":"adopt","gate_at":"text"}`))
	r := d.start(t)
	h.reached(t, "adopt")
	d.await(t, "the text", func() bool { return len(d.parts) > 0 })
	before := d.process()
	d.lose(errors.New("this server has been killed"))
	other := New(h.opts)
	t.Cleanup(func() { _ = other.Close(t.Context()) })
	h.model.Open("adopt")
	<-r.done
	d.lose(nil)
	d.h = &house{Runner: other, model: h.model, store: h.store}
	d.start(t).end(t, runner.Done)
	d.wantTexts(t, "one two three")
	d.wantOnce(t)
	if after := d.process(); after.PID != before.PID {
		t.Errorf("the process is another: %d, %d", before.PID, after.PID)
	}
}

// lose makes every further report fail, as after the lease went to another.
func (d *desk) lose(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = err
}

func TestABrokenStreamMissesNothing(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	first := newDesk(t, h, "start it")
	first.start(t).end(t, runner.Done)
	p := first.process()
	line := newLine(t, p.Port)
	p.Port = line.port
	through := &memory{}
	_ = through.Save(t.Context(), first.key(), p)
	opts := h.opts
	opts.Processes = through
	other := New(opts)
	t.Cleanup(func() { _ = other.Close(t.Context()) })
	d := newDesk(t, &house{Runner: other}, script(`{"text":"one two three","gate":"break","gate_at":"text"}`,
		`{"tools":[{"name":"bash","args":{"command":"true five","description":"d"}}]}`, `{"text":"done"}`))
	d.job.Session = first.job.Session
	d.job.Messages[0].Text = strings.Replace(d.job.Messages[0].Text, `"gate_at":"text"}`, `"gate_at":"text","tools":[{"name":"bash","args":{"command":"echo x","description":"d"}}]}`, 1)
	r := d.start(t)
	h.reached(t, "break")
	line.cut()
	h.model.Open("break")
	a := d.ask(t, 1)
	line.cut()
	d.signal(t, runner.Signal{Kind: a.Kind, AskID: a.SourceID, Reply: session.Once})
	line.cut()
	r.end(t, runner.Done)
	d.wantTexts(t, "one two three", "done")
	d.wantOnce(t)
	if len(d.asks) != 1 {
		t.Errorf("asked %d times, withdrawn %v: %+v", len(d.asks), d.gone, d.asks)
	}
}

// cuttable carries connections to a port until they are cut.
type cuttable struct {
	port  int
	mu    sync.Mutex
	conns []net.Conn
}

func newLine(t *testing.T, to int) *cuttable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w := &cuttable{port: l.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(to)))
			if err != nil {
				_ = in.Close()
				continue
			}
			w.join(in, out)
		}
	}()
	return w
}

func (w *cuttable) join(a, b net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns = append(w.conns, a, b)
	for _, c := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			_, _ = io.Copy(c[0], c[1])
			_ = c[0].Close()
		}()
	}
}

// cut breaks every connection there is.
func (w *cuttable) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}
