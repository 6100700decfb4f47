package turn

import (
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// growing is a text that is not finished. Its finished form is an entry of the durable log and has every byte.
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

// startText begins a text, unless it has begun; holed means that some of it is missing.
func (r *report) startText(p wire.Part, holed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.growing[p.ID] != nil {
		return
	}
	g := &growing{id: p.ID, message: p.MessageID, kind: p.Type, holed: holed}
	g.text.WriteString(text.Clean(p.Text))
	r.growing[p.ID] = g
	r.batch.Doing = "Writing"
	if p.Type == "reasoning" {
		r.batch.Doing = "Thinking"
	}
}

// growText appends to a text that has begun.
func (r *report) growText(d wire.PartDelta) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.growing[d.PartID]
	if g == nil || g.holed || d.Field != "text" {
		return
	}
	g.text.WriteString(text.Clean(d.Delta))
	g.unseen, g.unsaved = true, true
}

// showOutput shows what a running call has printed so far; each of its updates has the whole output.
func (r *report) showOutput(p wire.Part) {
	if p.State.Status != "running" {
		r.dropText(p.ID)
		return
	}
	output := metadataOf(p.State).Output
	if output == "" {
		return
	}
	g := &growing{id: p.ID, message: p.MessageID, kind: "tool", unseen: true, unsaved: true}
	g.text.WriteString(whole(output))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.growing[p.ID] = g
}

// dropText ends the growth of a text and reports whether it had any.
func (r *report) dropText(part string) (grew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.growing[part]
	delete(r.growing, part)
	return g != nil && g.text.Len() > 0
}

// markHoles marks every growing text: from here on the stream has left something out.
func (r *report) markHoles() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.growing {
		g.holed = true
	}
}

// unseenParts are the texts that grew since they were shown last.
func (r *report) unseenParts() (parts []session.Part) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.sortedGrowing() {
		if g.unseen {
			g.unseen = false
			parts = append(parts, g.part())
		}
	}
	return parts
}

// sortedGrowing are the growing texts in a fixed order. The caller holds mu.
func (r *report) sortedGrowing() []*growing {
	all := make([]*growing, 0, len(r.growing))
	for _, g := range r.growing {
		all = append(all, g)
	}
	slices.SortFunc(all, func(x, y *growing) int { return strings.Compare(x.id, y.id) })
	return all
}
