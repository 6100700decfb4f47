package opencode

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// partEvery is how often a growing text is stored at most; it is shown as often as it grows.
const partEvery = 100 * time.Millisecond

// growing is a text that is not finished. Its finished form is an entry of the durable log and tells every byte.
type growing struct {
	id, message, kind string
	text              strings.Builder
	// holed is true when the stream broke inside the text: a text with a hole is not shown.
	holed           bool
	unseen, unsaved bool
}

func (g *growing) part() session.Part {
	return session.Part{ID: g.id, MessageID: g.message, Kind: g.kind, Text: g.text.String()}
}

// grow begins a text. A sub-agent's is shown when it is finished: a part cannot say whose it is.
func (t *turn) grow(e entry, p part) {
	if e.of != t.conversation || t.growing[p.ID] != nil {
		return
	}
	g := &growing{id: p.ID, message: p.MessageID, kind: p.Type, holed: !e.live}
	g.text.WriteString(session.CleanText(p.Text))
	t.growing[p.ID] = g
	t.pending.Doing = "Writing"
	if p.Type == "reasoning" {
		t.pending.Doing = "Thinking"
	}
}

// growOutput shows what a running call has printed so far, which its every update tells whole.
func (t *turn) growOutput(e entry, p part) {
	if e.of != t.conversation {
		return
	}
	if p.State.Status != "running" {
		delete(t.growing, p.ID)
		return
	}
	output := p.State.metadata().Output
	if output == "" {
		return
	}
	g := &growing{id: p.ID, message: p.MessageID, kind: "tool", unseen: true, unsaved: true}
	g.text.WriteString(whole(output))
	t.growing[p.ID] = g
}

func (t *turn) delta(d deltaData) {
	t.goesOn()
	g := t.growing[d.PartID]
	if g == nil || g.holed || d.Field != "text" {
		return
	}
	g.text.WriteString(session.CleanText(d.Delta))
	g.unseen, g.unsaved = true, true
}

// hole marks every growing text: from here on the stream has left something out.
func (t *turn) hole() {
	for _, g := range t.growing {
		g.holed = true
	}
}

// grew says whether something waits to be stored.
func (t *turn) grew() bool {
	for _, g := range t.growing {
		if g.unsaved {
			return true
		}
	}
	return len(t.pending.Cursor) > 0
}

// flush shows what grew and stores the batch. What only grew, or only moved the cursor, is stored every partEvery.
func (t *turn) flush(ctx context.Context) error {
	for _, g := range t.sortedGrowing() {
		if g.unseen {
			g.unseen = false
			t.sink.Live(g.part())
		}
	}
	b := &t.pending
	if len(b.Events)+len(b.Asks)+len(b.Gone)+len(b.Sent) == 0 && b.Waiting == nil && b.Trouble == nil && time.Since(t.flushed) < partEvery {
		return nil
	}
	return t.store(ctx)
}

// store records the batch, whether or not the turn is being aborted meanwhile.
func (t *turn) store(ctx context.Context) error {
	b := &t.pending
	if time.Since(t.flushed) >= partEvery {
		t.flushed = time.Now()
		for _, g := range t.sortedGrowing() {
			if g.unsaved {
				g.unsaved = false
				b.Parts = append(b.Parts, g.part())
			}
		}
	}
	if len(b.Events)+len(b.Cursor)+len(b.Asks)+len(b.Gone)+len(b.Sent)+len(b.Parts) == 0 && b.Doing == "" && b.Waiting == nil && b.Trouble == nil {
		return nil
	}
	if err := t.sink.Record(context.WithoutCancel(ctx), *b); err != nil {
		return errSink{err}
	}
	*b = session.Batch{}
	return nil
}

func (t *turn) sortedGrowing() []*growing {
	all := make([]*growing, 0, len(t.growing))
	for _, g := range t.growing {
		all = append(all, g)
	}
	slices.SortFunc(all, func(x, y *growing) int { return strings.Compare(x.id, y.id) })
	return all
}
