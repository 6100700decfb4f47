package proc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// playhouse stands in for a host and for every OpenCode on it, which answers at once.
type playhouse struct {
	t   *testing.T
	dir string
	web *httptest.Server

	mu      sync.Mutex
	pids    map[int]bool
	last    int
	removed []Key
	ready   chan struct{} // gets one for each instance that a spare gives up
	hold    chan struct{} // nil, or what a spare's turn waits for
	asked   chan struct{} // gets one for each prompt
}

func newPlayhouse(t *testing.T, change func(*Options)) (*Pool, *playhouse) {
	t.Helper()
	h := &playhouse{t: t, dir: t.TempDir(), pids: map[int]bool{}, ready: make(chan struct{}, 10), asked: make(chan struct{}, 10)}
	mux := http.NewServeMux()
	say := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	}
	say("GET /global/health", `{"healthy":true,"version":"`+MinimumVersion+`"}`)
	say("GET /config", `{}`)
	say("POST /session", `{"id":"ses_1"}`)
	say("GET /session/status", `{}`)
	say("DELETE /session/ses_1", `true`)
	say("GET /session/ses_1/message", `[{"info":{"id":"m","role":"assistant","time":{"created":1,"completed":2}}}]`)
	say("POST /global/dispose", `true`)
	mux.HandleFunc("POST /instance/dispose", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("true")); h.ready <- struct{}{} })
	mux.HandleFunc("POST /session/ses_1/prompt_async", func(w http.ResponseWriter, r *http.Request) {
		h.asked <- struct{}{}
		if h.hold != nil {
			select {
			case <-h.hold:
			case <-r.Context().Done():
			}
		}
	})
	mux.HandleFunc("GET /global/event", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("data: {\"payload\":{\"type\":\"server.connected\",\"properties\":{}}}\n\n"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	h.web = httptest.NewServer(mux)
	t.Cleanup(h.web.Close)
	o := Options{Bin: "opencode", Home: func(k Key) string { return filepath.Join(h.dir, string(k.Session)) }, Host: h, Spares: h, MaxSpares: 1,
		Config: func(context.Context, tenant.ID) (TeamConfig, error) {
			return TeamConfig{Providers: []Provider{{Slug: "p", Models: []Model{{ID: "m"}}}}}, nil
		},
		Dial: func(ctx context.Context, _ Key, _ int) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(h.web.URL, "http://"))
		}}
	if change != nil {
		change(&o)
	}
	p := NewPool(o, &wire.Counter{})
	t.Cleanup(func() {
		p.Close()
		if err := StopAll(context.Background(), p.All()); err != nil {
			t.Error(err)
		}
		if n := h.alive(); n > 0 {
			t.Errorf("%d processes are left", n)
		}
	})
	return p, h
}

type played struct {
	h   *playhouse
	pid int
}

func (p played) PID() int    { return p.pid }
func (p played) Wait() error { <-p.h.t.Context().Done(); return nil }

func (h *playhouse) Start(_ context.Context, s StartSpec) (Proc, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	h.pids[1<<30+h.last] = true
	_, err := fmt.Fprintln(s.Output, "listening on http")
	return played{h, 1<<30 + h.last}, err
}

func (h *playhouse) StartTime(pid int) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.pids[pid] {
		return "", errors.New("it has ended")
	}
	return "then", nil
}

func (h *playhouse) Hide(int, ...string) error { return nil }

func (h *playhouse) Kill(pid int, _ string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pids, pid)
	return nil
}

func (h *playhouse) Make(k Key) (string, error) {
	return filepath.Join(h.dir, string(k.Session), "tree"), nil
}
func (h *playhouse) Fixed(Key, Use) (string, error)       { return "", nil }
func (h *playhouse) Take(context.Context, Key, Key) error { return nil }
func (h *playhouse) Remove(k Key) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.removed = append(h.removed, k)
	return nil
}

func (h *playhouse) alive() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.pids)
}

func (h *playhouse) wait(what string, c <-chan struct{}) {
	h.t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		h.t.Fatal("waited in vain for " + what)
	}
}

// spare starts a spare of a team and returns when it is ready.
func (h *playhouse) spare(p *Pool, t tenant.ID) *Agent {
	h.t.Helper()
	p.Want(t, Use{})
	h.wait("a spare", h.ready)
	p.wg.Wait()
	return p.Waiting(t)
}

// idle plays a turn of a session.
func (h *playhouse) idle(p *Pool, k Key) int {
	h.t.Helper()
	srv, err := p.Acquire(h.t.Context(), k, Use{})
	if err != nil {
		h.t.Fatal(err)
	}
	p.Release(k)
	return srv.process.PID
}

// TestASpareCountsAndEndsBeforeAnIdleProcess, even if it is younger, and none starts where there is no place.
func TestASpareCountsAndEndsBeforeAnIdleProcess(t *testing.T) {
	t.Parallel()
	p, h := newPlayhouse(t, func(o *Options) { o.MaxProcesses = 2 })
	first := h.idle(p, Key{"team", "one"})
	spare := h.spare(p, "team")
	if spare == nil || p.Running() != 2 {
		t.Fatalf("spare %v, %d processes", spare, p.Running())
	}
	of := spare.Key()
	h.idle(p, Key{"other", "two"})
	if _, err := h.StartTime(first); err != nil || p.Running() != 2 || p.Waiting("team") != nil {
		t.Errorf("the idle process: %v; %d processes run", err, p.Running())
	}
	if len(h.removed) == 0 || h.removed[0] != of {
		t.Errorf("removed %v, want %v", h.removed, of)
	}
	p.Want("team", Use{})
	p.wg.Wait()
	if p.Waiting("team") != nil || p.Running() != 2 {
		t.Error("a spare ended something, or is one too many")
	}
}

// TestAClaimEndsASpareThatStarts: it does not wait for the spare.
func TestAClaimEndsASpareThatStarts(t *testing.T) {
	t.Parallel()
	p, h := newPlayhouse(t, func(o *Options) { o.MaxProcesses = 1 })
	h.hold = make(chan struct{})
	t.Cleanup(func() { close(h.hold) })
	p.Want("team", Use{})
	h.wait("the spare's turn", h.asked)
	h.idle(p, Key{"other", "one"})
	if p.Running() != 1 || h.alive() != 1 {
		t.Errorf("%d processes run", h.alive())
	}
}

// TestASpareBecomesTheProcessOfOneSession of its team that is like it, and of nobody else.
func TestASpareBecomesTheProcessOfOneSession(t *testing.T) {
	t.Parallel()
	p, h := newPlayhouse(t, nil)
	spare := h.spare(p, "team")
	pid := spare.Server().process.PID
	if p.Take(t.Context(), Key{"other", "one"}, Use{}) || p.Take(t.Context(), Key{"team", "one"}, Use{OwnConfig: true}) {
		t.Error("a session of another team, or of another kind, took the spare")
	}
	var wg sync.WaitGroup
	taken := make(chan session.ID, 8)
	for i := range 8 {
		wg.Go(func() {
			if k := (Key{"team", session.ID(fmt.Sprint("one-", i))}); p.Take(t.Context(), k, Use{}) {
				taken <- k.Session
			}
		})
	}
	wg.Wait()
	if len(taken) != 1 {
		t.Fatalf("%d sessions took it", len(taken))
	}
	if got := h.idle(p, Key{"team", <-taken}); got != pid || p.Running() != 1 {
		t.Errorf("the session has process %d, the spare was %d", got, pid)
	}
}

// TestATeamHasOneSpareOfTheLatestKind: a session of another kind replaces the spare.
func TestATeamHasOneSpareOfTheLatestKind(t *testing.T) {
	t.Parallel()
	p, h := newPlayhouse(t, nil)
	first := h.spare(p, "team")
	p.Want("team", Use{})
	p.wg.Wait()
	if p.Running() != 1 || p.Waiting("team") != first {
		t.Error("the team has another spare of the same kind")
	}
	p.Want("team", Use{OwnConfig: true})
	h.wait("the other spare", h.ready)
	p.wg.Wait()
	if p.Running() != 1 || p.Waiting("team") == first {
		t.Error("the spare is still of the earlier kind")
	}
}

// TestASpareEndsWhenItsTeamIsIdle, and its directories with it.
func TestASpareEndsWhenItsTeamIsIdle(t *testing.T) {
	t.Parallel()
	p, h := newPlayhouse(t, func(o *Options) { o.Idle = time.Hour })
	spare := h.spare(p, "team")
	if err := spare.stopIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h.alive() != 0 || len(h.removed) != 1 || len(p.All()) != 0 {
		t.Errorf("%d processes, removed %v, %d agents", h.alive(), h.removed, len(p.All()))
	}
}
