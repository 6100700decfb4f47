package api_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

// message is one server-sent event.
type message struct{ id, name, data string }

// stream is an open event stream; its messages arrive on a channel that is closed at its end.
type stream struct {
	t        *testing.T
	messages chan message
	stop     context.CancelFunc
}

const patience = 10 * time.Second

// stream follows a session's log; the session may carry a query.
func (c *client) stream(t *testing.T, session string, header ...string) *stream {
	t.Helper()
	session, query, _ := strings.Cut(session, "?")
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r := c.request(http.MethodGet, "/sessions/"+session+"/events?"+query, nil, append(header, "Accept", "text/event-stream")...)
	resp, err := http.DefaultClient.Do(r.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	if ct := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(ct, "text/event-stream") {
		t.Fatalf("stream: status %d, %s", resp.StatusCode, ct)
	}
	s := &stream{t, make(chan message, 1000), stop}
	go func() {
		defer close(s.messages)
		defer func() { _ = resp.Body.Close() }()
		s.read(ctx, bufio.NewReader(resp.Body))
	}()
	return s
}

func (s *stream) read(ctx context.Context, r *bufio.Reader) {
	var m message
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "id":
			m.id = value
		case "event":
			m.name = value
		case "data":
			m.data = value
		case "":
			if m != (message{}) {
				select {
				case s.messages <- m:
				case <-ctx.Done():
					return
				}
			}
			m = message{}
		}
	}
}

// next waits for one message.
func (s *stream) next() message {
	s.t.Helper()
	select {
	case m, open := <-s.messages:
		if !open {
			s.t.Fatal("the stream ended")
		}
		return m
	case <-time.After(patience):
		s.t.Fatalf("nothing came within %s", patience)
	}
	return message{}
}

// end waits until the server ends the stream.
func (s *stream) end(within time.Duration) {
	s.t.Helper()
	deadline := time.After(within)
	for {
		select {
		case _, open := <-s.messages:
			if !open {
				return
			}
		case <-deadline:
			s.t.Fatalf("the stream still stands after %s", within)
		}
	}
}
