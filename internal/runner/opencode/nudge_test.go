package opencode

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// swallow answers the first prompts as if they had been taken, and hands all else on.
type swallow struct {
	next http.RoundTripper
	left atomic.Int32
}

func (s *swallow) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/prompt_async") && s.left.Add(-1) >= 0 {
		return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, nil
	}
	return s.next.RoundTrip(r)
}

func TestALostMessageIsSentAgain(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	first := newDesk(t, h, "start it")
	first.start(t).end(t, runner.Done)
	c := first.server().Client
	s := &swallow{next: c.HTTP.Transport}
	s.left.Store(1)
	c.HTTP.Transport = s
	d := newDesk(t, h, "hello")
	d.job.Session = first.job.Session
	d.start(t).end(t, runner.Done)
	d.wantTexts(t, "ok: hello")
	if len(d.sent) == 0 || d.sent[0] != d.job.Messages[0].ID {
		t.Errorf("sent: %q", d.sent)
	}
}

func TestAnAskOutlivesThisServer(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	d := newDesk(t, h, script(`{"tools":[{"name":"bash","args":{"command":"true six","description":"d"}}]}`, `{"text":"done"}`))
	r := d.start(t)
	first := d.ask(t, 1)
	d.lose(errors.New("this server has been killed"))
	other := New(h.opts)
	t.Cleanup(func() { _ = other.Close(t.Context()) })
	r.cancelQuietly()
	d.lose(nil)
	d.h = &house{Runner: other, store: h.store}
	again := d.start(t)
	d.await(t, "the ask again", func() bool { return len(d.asks) >= 2 })
	if d.asks[1].SourceID != first.SourceID || len(d.gone) > 0 || !slices.Equal(d.waiting[1], []string{first.SourceID}) {
		t.Errorf("asked %+v, then %+v; gone %q, waiting %q", first, d.asks[1], d.gone, d.waiting)
	}
	d.signal(t, runner.Signal{Kind: first.Kind, AskID: first.SourceID, Reply: session.Once})
	again.end(t, runner.Done)
	d.wantTexts(t, "done")
}

// cancelQuietly ends the turn as a kill of this server would: the agent gets no abort.
func (r *run) cancelQuietly() {
	r.d.server().Route(wire.Event{Payload: wire.Payload{ID: "evt_0", Type: "session.dreamt",
		Properties: json.RawMessage(`{"sessionID":"` + r.conversation() + `"}`)}})
	<-r.done
}

func TestAnAskDiesWithItsProcess(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	d := newDesk(t, h, script(`{"tools":[{"name":"bash","args":{"command":"true seven","description":"d"}}]}`, `{"text":"done"}`))
	r := d.start(t)
	d.ask(t, 1)
	p := d.process()
	if err := syscall.Kill(p.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.end(t, runner.Lost)
	d.start(t).end(t, runner.Done)
	d.wantTexts(t, "done")
	d.wantOnce(t)
	if last := d.waiting[len(d.waiting)-1]; len(d.waiting) != 2 || len(last) != 0 || len(d.asks) != 1 {
		t.Errorf("waiting: %q, asked: %+v", d.waiting, d.asks)
	}
}
