package opencode

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
)

// desk is one session as its tests see it: a sink that keeps what is recorded, as the database would.
type desk struct {
	h   *house
	job runner.Job

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever something is recorded
	conv     string
	events   []event.Event
	seen     map[string]bool
	doubled  []string // source keys that came twice
	cursor   map[string]int64
	asks     []session.Ask
	gone     []string
	vanished []session.Vanished
	waiting  [][]string
	sent     []string
	parts    map[string][]string // what was stored of each growing text
	live     map[string][]string
	trouble  []session.Reason
	writes   int
	fail     error // what Record answers
}

func newDesk(t *testing.T, h *house, text string) *desk {
	t.Helper()
	d := &desk{h: h, changed: make(chan struct{}), seen: map[string]bool{}, cursor: map[string]int64{}, parts: map[string][]string{}, live: map[string][]string{}}
	d.job = runner.Job{Tenant: crew, Session: session.ID(id.New()), Attempt: 1, Title: "a session", Dir: t.TempDir(), Agent: "build", Model: "fake/scripted",
		Messages: []session.Message{message(text)}}
	return d
}

func (d *desk) key() Key { return Key{Tenant: crew, Session: d.job.Session} }

// process is the session's process as it is stored.
func (d *desk) process() Process {
	p, _, _ := d.h.store.Load(context.Background(), d.key())
	return p
}

// server is the session's running process.
func (d *desk) server() *proc.Server {
	a := d.h.pool.Hold(d.key())
	defer d.h.pool.Drop(d.key())
	return a.Server()
}

func message(text string) session.Message {
	msg, prt := session.NewMessageID(time.Now())
	return session.Message{ID: msg, PartID: prt, Text: text}
}

// script is a prompt that makes the model play turns.
func script(turns ...string) string { return "Do it. SCRIPT:[" + strings.Join(turns, ",") + "]" }

func (d *desk) Conversation(_ context.Context, id string) error {
	return d.note(func() { d.conv = id })
}

func (d *desk) DropCursors(context.Context) error {
	return d.note(func() { clear(d.cursor) })
}

func (d *desk) note(fn func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	fn()
	close(d.changed)
	d.changed = make(chan struct{})
	return nil
}

func (d *desk) Record(_ context.Context, b runner.Batch) error {
	return d.note(func() {
		d.writes++
		for _, e := range b.Events {
			d.add(e)
		}
		for _, p := range b.Parts {
			d.parts[p.ID] = append(d.parts[p.ID], p.Text)
		}
		maps.Copy(d.cursor, b.Cursor)
		if b.Waiting != nil {
			d.waiting = append(d.waiting, b.Waiting)
		}
		d.asks, d.gone, d.sent = append(d.asks, b.Asks...), append(d.gone, b.Gone...), append(d.sent, b.Sent...)
		d.vanished = append(d.vanished, b.Vanished...)
		if b.Trouble != nil {
			d.trouble = append(d.trouble, *b.Trouble)
		}
	})
}

func (d *desk) add(e event.Event) {
	if d.seen[e.SourceKey] {
		d.doubled = append(d.doubled, e.SourceKey)
		return
	}
	d.seen[e.SourceKey] = true
	d.events = append(d.events, e)
}

func (d *desk) Live(p runner.Part) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.live[p.ID] = append(d.live[p.ID], p.Text)
}

// await waits until what is recorded satisfies ok.
func (d *desk) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		d.mu.Lock()
		met, next := ok(), d.changed
		d.mu.Unlock()
		if met {
			return
		}
		select {
		case <-next:
		case <-deadline.C:
			t.Fatalf("waited in vain for %s; recorded so far:\n%s", what, d)
		}
	}
}

// run is a turn in the background.
type run struct {
	d      *desk
	done   chan struct{}
	cancel context.CancelFunc
	out    runner.Outcome
	err    error
}

func (d *desk) start(t *testing.T) *run {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &run{d: d, done: make(chan struct{}), cancel: cancel}
	job := d.next()
	go func() {
		defer close(r.done)
		r.out, r.err = d.h.Execute(ctx, job, d)
	}()
	return r
}

// conversation is the agent's own session ID.
func (r *run) conversation() string {
	r.d.mu.Lock()
	defer r.d.mu.Unlock()
	return r.d.conv
}

// next is the job as the engine would give it now.
func (d *desk) next() runner.Job {
	d.mu.Lock()
	defer d.mu.Unlock()
	job := d.job
	job.Conversation, job.Cursor = d.conv, maps.Clone(d.cursor)
	return job
}

func (r *run) end(t *testing.T, want runner.End) runner.Outcome {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(within):
		t.Fatal("the turn does not end")
	}
	if r.err != nil || r.out.End != want {
		t.Fatalf("the turn ended %+v, %v; want %s", r.out, r.err, want)
	}
	return r.out
}

func (d *desk) signal(t *testing.T, s runner.Signal) {
	t.Helper()
	if err := d.h.Signal(t.Context(), crew, d.job.Session, s); err != nil {
		t.Fatal(err)
	}
}

// kinds are the events of a type, decoded.
func kinds[T any](d *desk, kind event.Type) (all []T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.events {
		if e.Type == kind {
			all = append(all, event.Decode[T](e))
		}
	}
	return all
}

func (d *desk) texts() (all []string) {
	for _, x := range kinds[event.Text](d, event.AgentMessage) {
		all = append(all, x.Text)
	}
	return all
}

func (d *desk) wantTexts(t *testing.T, want ...string) {
	t.Helper()
	if got := d.texts(); !slices.Equal(got, want) {
		t.Errorf("the agent said %q, want %q", got, want)
	}
}

// wantOnce fails when an event came twice.
func (d *desk) wantOnce(t *testing.T) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.doubled) > 0 {
		t.Errorf("reported twice: %q", d.doubled)
	}
}

// String lists what was recorded, for failures.
func (d *desk) String() string {
	var b strings.Builder
	for _, e := range d.events {
		fmt.Fprintf(&b, "%s %s %s\n", e.SourceKey, e.Type, e.Data)
	}
	rest, _ := json.Marshal(map[string]any{"asks": d.asks, "gone": d.gone, "sent": d.sent, "trouble": d.trouble, "cursor": d.cursor})
	return b.String() + string(rest)
}
