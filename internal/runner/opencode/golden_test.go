package opencode

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
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
			p := newPlayback(t, recorded(t, f))
			golden(t, name+".golden", p.play(t))
			if n := p.r.Unknown(); len(n) > 0 {
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
			if e.Payload.Sync == nil && decisions[e.Payload.Type] == "" {
				t.Errorf("%s: no decision about %s", f, e.Payload.Type)
			}
		}
	}
}

func recorded(t *testing.T, file string) (es []globalEvent) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e globalEvent
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		es = append(es, e)
	}
	return es
}

// playback hands recorded events to turns, one for each conversation that is not a sub-agent's.
type playback struct {
	r      *Runner
	srv    *server
	events []globalEvent
	turns  []*turn
	out    strings.Builder
}

func newPlayback(t *testing.T, events []globalEvent) *playback {
	t.Helper()
	p := &playback{r: New(Options{}), events: events}
	p.srv = &server{team: newTeam(p.r.opts, p.r.log, teamKey{tenant: crew}, &p.r.unknown), connected: make(chan struct{}), turns: map[string]*turn{}, parents: map[string]string{}}
	cursors, seen := map[string]int64{}, []string{}
	for _, e := range events {
		of := conversationOf(e.Payload)
		if s := e.Payload.Sync; s != nil {
			p.srv.learnFrom(s.Type, s.Data)
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
		if !p.srv.isOf(of, of) {
			continue
		}
		turn := newTurn(p.r, runner.Job{Tenant: crew, Cursor: cursors}, &printer{&p.out})
		turn.conversation, turn.srv = of, p.srv
		p.srv.subscribe(of, turn)
		p.turns = append(p.turns, turn)
	}
	return p
}

// play writes each event with the decision about it and what is recorded for it.
func (p *playback) play(t *testing.T) string {
	t.Helper()
	for _, e := range p.events {
		kind := e.Payload.Type
		what := string(decisions[kind])
		switch {
		case e.Payload.Sync != nil:
			kind, what = e.Payload.Sync.Type, fmt.Sprintf("number %v", e.Payload.Sync.Seq)
		case twins[kind]:
			continue
		}
		fmt.Fprintf(&p.out, "%s: %s\n", kind, what)
		p.srv.take(e)
		for _, turn := range p.turns {
			p.step(t, turn)
		}
	}
	for _, turn := range p.turns {
		fmt.Fprintf(&p.out, "%s: idle %v, concluded %v, verdict %+v, failure %+v\n", turn.conversation, turn.idle, turn.concluded(), turn.verdict(), turn.failure)
	}
	return p.out.String()
}

func (p *playback) step(t *testing.T, turn *turn) {
	t.Helper()
	for _, i := range turn.box.take() {
		if i.kind != itemEvent {
			continue
		}
		if err := turn.handle(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		turn.flushed = turn.flushed.AddDate(-1, 0, 0) // a year ago: what grew is stored at once
		if err := turn.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// printer writes what is recorded, one line for each thing.
type printer struct{ out *strings.Builder }

func (p *printer) Conversation(context.Context, string) error { return nil }

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
