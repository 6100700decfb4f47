package proc

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// oneEvent answers every request with a stream of one event.
type oneEvent string

func (e oneEvent) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("data: " + string(e) + "\n\n")), Request: r}, nil
}

func TestAPanicWhileAnEventIsRoutedBreaksTheStream(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := wire.NewClient(1, "", nil)
	c.HTTP.Transport = oneEvent(`{"payload":{"type":"process.dreamt"}}`)
	srv := StandIn(Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, c, nil) // counting an unknown type panics
	err := srv.readStream(func() { t.Error("the event counts as routed") })
	if err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "panic") {
		t.Errorf("the stream ended with %v", err)
	}
	if !strings.Contains(log.String(), "goroutine") {
		t.Errorf("the log has no stack: %s", &log)
	}
}

// broken is a host that panics.
type broken struct{ Plain }

func (broken) StartTime(int) (string, error) { panic("no start time") }

func (broken) Kill(int, string) error { panic("no kill") }

func TestAPanicBesideTheStreamLosesTheProcessOnly(t *testing.T) {
	t.Parallel()
	c := wire.NewClient(1, "", nil)
	c.HTTP.Transport = oneEvent(`{"payload":{"type":"server.heartbeat"}}`)
	srv, inbox := StandIn(Options{Host: broken{}}, c, &wire.Counter{}), NewInbox()
	srv.Subscribe("ses_a", inbox)
	srv.follow()
	items := inbox.Drain()
	if !srv.IsDead() || len(items) == 0 || items[len(items)-1].Kind != ProcessLost {
		t.Errorf("dead: %v, the turn learns %v", srv.IsDead(), items)
	}
}
