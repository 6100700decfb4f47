package turn

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name, or writes it there with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, run go test -update:\n%s", path, diff)
	}
}

// TestRecordedEventsAreMapped holds what becomes of streams that a real OpenCode sent against golden files.
func TestRecordedEventsAreMapped(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.ndjson")
	if err != nil || len(files) < 8 {
		t.Fatalf("recordings: %q, %v", files, err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".ndjson")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlayback(t, recorded(t, f), nil)
			golden(t, name+".golden", p.play(t))
			if n := p.unknown.All(); len(n) > 0 {
				t.Errorf("types without a decision: %v", n)
			}
		})
	}
}

func TestEveryRecordedTypeHasADecision(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/*.ndjson")
	for _, f := range files {
		for _, e := range recorded(t, f) {
			if _, known := wire.DecisionOn(e.Payload.Type); e.Payload.Sync == nil && !known {
				t.Errorf("%s: no decision about %s", f, e.Payload.Type)
			}
		}
	}
}

func recorded(t *testing.T, file string) (es []wire.Event) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e wire.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		es = append(es, e)
	}
	return es
}

const crew = tenant.ID("01920000-0000-7000-8000-00000000000a")

// playback hands recorded events to turns, one for each conversation that is not a sub-agent's.
type playback struct {
	srv     *proc.Server
	unknown wire.Counter
	events  []wire.Event
	turns   []*Turn
	out     strings.Builder
}

// newTurn is a turn of a conversation at srv.
func newTurn(job runner.Job, sink runner.Sink, srv *proc.Server, unknown *wire.Counter, log *slog.Logger) *Turn {
	t := New(job, sink, clock.Real{}, log, unknown)
	t.attach(srv)
	t.transcript.open(job.Conversation)
	return t
}

// standIn is a server whose requests are answered by rt.
func standIn(rt http.RoundTripper, unknown *wire.Counter) *proc.Server {
	c := wire.NewClient(1, "", nil)
	c.HTTP.Transport = rt
	return proc.StandIn(proc.Options{}, c, unknown)
}

func newPlayback(t *testing.T, events []wire.Event, rt http.RoundTripper) *playback {
	t.Helper()
	p := &playback{events: events}
	p.srv = standIn(rt, &p.unknown)
	cursors, seen := map[string]int64{}, []string{}
	for _, e := range events {
		of := e.Payload.Conversation()
		if s := e.Payload.Sync; s != nil {
			p.srv.Family.ReadParent(s.Type, s.Data)
			if _, known := cursors[of]; !known && s.Seq > 0 {
				cursors[of] = int64(s.Seq) - 1
			} else if !known {
				cursors[of] = -1
			}
		}
		if of != "" && !slices.Contains(seen, of) {
			seen = append(seen, of)
		}
	}
	for _, of := range seen {
		if p.srv.Family.Root(of) != of {
			continue
		}
		turn := newTurn(runner.Job{Tenant: crew, Cursor: cursors, Conversation: of}, &printer{&p.out}, p.srv, &p.unknown, slog.New(slog.DiscardHandler))
		turn.transcript.recollected = true // there is nothing older than the recording
		p.srv.Subscribe(of, turn.inbox)
		p.turns = append(p.turns, turn)
	}
	return p
}

// play writes each event with the decision about it and what is recorded for it.
func (p *playback) play(t *testing.T) string {
	t.Helper()
	for _, e := range p.events {
		kind := e.Payload.Type
		d, _ := wire.DecisionOn(kind)
		what := string(d)
		switch {
		case e.Payload.Sync != nil:
			kind, what = e.Payload.Sync.Type, fmt.Sprintf("number %v", e.Payload.Sync.Seq)
		case e.Payload.IsDuplicate():
			continue
		}
		fmt.Fprintf(&p.out, "%s: %s\n", kind, what)
		p.srv.Route(e)
		for _, turn := range p.turns {
			p.step(t, turn)
		}
	}
	for _, turn := range p.turns {
		fmt.Fprintf(&p.out, "%s: idle %v, concluded %v, verdict %+v, failure %+v\n", turn.transcript.conversation, turn.verdict.isIdle(),
			turn.transcript.isConcluded(), outcomeOf(turn.transcript.newestAnswer()), turn.verdict.failureNow())
	}
	return p.out.String()
}

func (p *playback) step(t *testing.T, turn *Turn) {
	t.Helper()
	for _, i := range turn.inbox.Drain() {
		if i.Kind != proc.EventArrived {
			continue
		}
		if err := turn.handle(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		turn.report.stored = turn.report.stored.AddDate(-1, 0, 0) // a year ago: what grew is stored at once
		if err := turn.report.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// printer writes what is recorded, one line for each thing.
type printer struct{ out *strings.Builder }

func (p *printer) Conversation(context.Context, string) error { return nil }
func (p *printer) DropCursors(context.Context) error          { return nil }

func (p *printer) Live(x runner.Part) { fmt.Fprintf(p.out, "    live %s %q\n", x.Kind, x.Text) }

func (p *printer) Record(_ context.Context, b runner.Batch) error {
	for _, e := range b.Events {
		fmt.Fprintf(p.out, "    event %s %s %s\n      %s\n", e.Type, e.SourceKey, e.At.Format("15:04:05.000"), e.Data)
	}
	for _, a := range b.Asks {
		fmt.Fprintf(p.out, "    ask %s %s %s %q %q %s %s\n", a.Kind, a.SourceID, a.Permission, a.Patterns, a.Always, a.Metadata, a.Questions)
	}
	for _, x := range b.Parts {
		fmt.Fprintf(p.out, "    part %s %s %q\n", x.ID, x.Kind, x.Text)
	}
	p.rest(b)
	return nil
}

func (p *printer) rest(b session.Batch) {
	if len(b.Gone) > 0 {
		fmt.Fprintf(p.out, "    gone %q\n", b.Gone)
	}
	if b.Trouble != nil {
		fmt.Fprintf(p.out, "    trouble %+v\n", *b.Trouble)
	}
	if b.Doing != "" {
		fmt.Fprintf(p.out, "    doing %q\n", b.Doing)
	}
	for of, seq := range b.Cursor {
		fmt.Fprintf(p.out, "    cursor %s %d\n", of, seq)
	}
}
