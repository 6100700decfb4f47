package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// talk returns a client of a server that answers with the handler, and never waits.
func talk(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := New(server.URL+"/", " orc_test\n")
	if err != nil {
		t.Fatal(err)
	}
	c.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "orchestrator.example.org", "ftp://example.org", "https://example.org/t/acme", "https://user:pw@example.org", "https://"} {
		if _, err := New(bad, ""); err == nil || !strings.Contains(err.Error(), "such as https://") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestARefusalIsItsSentence(t *testing.T) {
	t.Parallel()
	c := talk(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer orc_test" {
			t.Errorf("it sends %q", r.Header.Get("Authorization"))
		}
		w.Header().Set("X-Request-ID", "req-12345")
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, `{"title":"Conflict","status":409,"code":"conflict","detail":"A session that is completed cannot be paused."}`)
	})
	_, err := c.MoveSession(t.Context(), "id", Pause)
	var p *Problem
	if !errors.As(err, &p) || p.Status != 409 || p.Code != "conflict" || p.RequestID != "req-12345" || err.Error() != "A session that is completed cannot be paused." {
		t.Errorf("%#v", err)
	}
}

// timed is a transport that reports how long a request may take, and answers nothing.
type timed struct{ left *time.Duration }

func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	end, _ := r.Context().Deadline()
	*t.left = time.Until(end)
	return nil, errors.New("no answer")
}

func TestAPushHasTime(t *testing.T) {
	t.Parallel()
	var left time.Duration
	c := talk(t, nil)
	c.http.Transport = timed{&left}
	if _, err := c.PushSession(t.Context(), "1", ""); err == nil || left < time.Hour {
		t.Errorf("a push has %s", left)
	}
	if _, err := c.OpenPullRequest(t.Context(), "1", NewPullRequest{}); err == nil || left < time.Hour {
		t.Errorf("a pull request has %s", left)
	}
	if _, err := c.MergePullRequest(t.Context(), "1"); err == nil || left > callWithin {
		t.Errorf("all else has %s", left)
	}
}

func TestWhatIsNoOrchestrator(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the token went to another server") }))
	defer elsewhere.Close()
	c := talk(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) })
	if _, err := c.Me(t.Context()); err == nil || !strings.Contains(err.Error(), "Use that address") {
		t.Errorf("a redirect: %v", err)
	}
	c = talk(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") })
	if _, err := c.Me(t.Context()); err == nil {
		t.Error("a page was read as an answer")
	}
	c = talk(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "<html>bad gateway</html>")
	})
	if _, err := c.Me(t.Context()); err == nil || !strings.Contains(err.Error(), "status 502") {
		t.Errorf("a proxy's error: %v", err)
	}
}

// A create whose answer is lost is repeated with its key, and no more often than a few times; a refusal is not repeated.
func TestACreateIsRepeatedWithItsKey(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var keys []string
	c := talk(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		if len(keys) < 3 {
			panic(http.ErrAbortHandler) // the connection breaks
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"id":"made"}`)
	})
	s, err := c.CreateSession(t.Context(), NewSession{Title: "x"})
	mu.Lock()
	defer mu.Unlock()
	if err != nil || s.ID != "made" || len(keys) != 3 || keys[0] == "" || keys[0] != keys[1] || keys[1] != keys[2] {
		t.Errorf("%v, %v, keys %q", s.ID, err, keys)
	}
	var tries atomic.Int32
	c = talk(t, func(http.ResponseWriter, *http.Request) { tries.Add(1); panic(http.ErrAbortHandler) })
	if _, err := c.CreateSession(t.Context(), NewSession{}); !errors.Is(err, ErrUnreachable) || tries.Load() != createTries {
		t.Errorf("after %d tries: %v", tries.Load(), err)
	}
	tries.Store(0)
	c = talk(t, func(w http.ResponseWriter, _ *http.Request) {
		tries.Add(1)
		w.WriteHeader(http.StatusUnprocessableEntity)
	})
	if _, err := c.CreateSession(WithKey(t.Context(), "mine"), NewSession{}); err == nil || tries.Load() != 1 {
		t.Errorf("a refusal was sent %d times: %v", tries.Load(), err)
	}
}

func event(n int) string {
	return fmt.Sprintf("id: %d\nevent: session.note\ndata: {\"seq\":%d,\"type\":\"session.note\"}\n\n", n, n)
}

// A stream that breaks, also in the middle of an event, continues after the last event, and none comes twice.
func TestFollowReconnects(t *testing.T) {
	t.Parallel()
	var asked []string
	c := talk(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Last-Event-ID"))
		w.Header().Set("Content-Type", "text/event-stream")
		switch len(asked) {
		case 1:
			fmt.Fprint(w, "retry: 1000\n\n"+event(3)+event(4)+"id: 5\nevent: session.note\ndata: {\"seq\":5,")
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			fmt.Fprint(w, ": beat\n\n"+event(4)+event(5)+event(6))
		}
	})
	var got []int64
	breaks := 0
	err := c.Follow(t.Context(), "id", 2, func(e Event) error {
		if got = append(got, e.Seq); e.Seq == 6 {
			return ErrStopFollowing
		}
		return nil
	}, func(error) { breaks++ })
	if err != nil || fmt.Sprint(got) != "[3 4 5 6]" || fmt.Sprint(asked) != "[2 4 4]" || breaks != 2 {
		t.Errorf("%v: events %v, asked after %v, %d breaks", err, got, asked, breaks)
	}
}

func TestFollowEnds(t *testing.T) {
	t.Parallel()
	handle := func(Event) error { return nil }
	c := talk(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	var p *Problem
	if err := c.Follow(t.Context(), "id", 0, handle, nil); !errors.As(err, &p) || p.Status != 404 {
		t.Errorf("a session that is not there: %v", err)
	}
	c = talk(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if err := c.Follow(t.Context(), "id", 0, handle, nil); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a server that never answered: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c = talk(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, event(1))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	err := c.Follow(ctx, "id", 0, func(Event) error { cancel(); return nil }, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}
