package turn

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// PartEvery is how often a growing text is stored at most; it is shown as often as it grows.
const PartEvery = 100 * time.Millisecond

// report collects what is to be recorded: the next batch, and the texts that grow. It is safe for concurrent use; only the
// turn's loop stores it, so that batches stay in order.
type report struct {
	sink runner.Sink
	// era distinguishes the numbers of events from those before the conversation was imported.
	era string

	mu      sync.Mutex
	batch   session.Batch
	growing map[string]*growing
	stored  time.Time // when growing texts were stored last
}

func newReport(sink runner.Sink, imports int64) *report {
	r := &report{sink: sink, growing: map[string]*growing{}}
	if imports > 0 {
		r.era = itoa(imports) + "."
	}
	return r
}

// change does do to the batch under the lock.
func (r *report) change(do func(*session.Batch)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do(&r.batch)
}

// add puts an event into the batch. The name identifies it within its conversation when it may come again under another
// number; an empty name is the number.
func (r *report) add(e entry, name string, at time.Time, kind event.Type, data any) {
	ev := event.New(kind, event.Actor{Kind: "agent"}, data)
	if name == "" {
		name = r.era + itoa(e.seq)
	}
	ev.SourceKey, ev.At = e.of+":"+name, at
	r.change(func(b *session.Batch) { b.Events = append(b.Events, ev) })
}

// moveCursor notes the number applied last of a conversation.
func (r *report) moveCursor(conversation string, seq int64) {
	r.change(func(b *session.Batch) {
		if b.Cursor == nil {
			b.Cursor = map[string]int64{}
		}
		b.Cursor[conversation] = seq
	})
}

// noteSent reports that the agent has messages.
func (r *report) noteSent(ids ...string) {
	r.change(func(b *session.Batch) { b.Sent = append(b.Sent, ids...) })
}

// setDoing sets the line that describes what the agent is doing.
func (r *report) setDoing(line string) { r.change(func(b *session.Batch) { b.Doing = line }) }

// setTrouble reports what makes the agent wait; an empty reason ends it.
func (r *report) setTrouble(why session.Reason) {
	r.change(func(b *session.Batch) { b.Trouble = &why })
}

// setWaiting reports all asks that wait.
func (r *report) setWaiting(ids []string) {
	r.change(func(b *session.Batch) { b.Waiting = append([]string{}, ids...) })
}

func (r *report) addAsk(a session.Ask) {
	r.change(func(b *session.Batch) {
		b.Asks = append(b.Asks, a)
		b.Doing = "Waiting for approval"
		if a.Kind == session.Question {
			b.Doing = "Waiting for an answer"
		}
	})
}

// withdrawAsk reports that an ask no longer waits; one that is not reported yet was never asked.
func (r *report) withdrawAsk(id string) {
	r.change(func(b *session.Batch) {
		before := len(b.Asks)
		b.Asks = slices.DeleteFunc(b.Asks, func(a session.Ask) bool { return a.SourceID == id })
		if len(b.Asks) == before {
			b.Gone = append(b.Gone, id)
		}
	})
}

// raiseAlarm reports that an ask ended without an answer of ours; unlike a withdrawn one it stays even if it was never recorded.
func (r *report) raiseAlarm(v session.Vanished) {
	r.change(func(b *session.Batch) {
		b.Gone, b.Vanished = append(b.Gone, v.SourceID), append(b.Vanished, v)
	})
}

// hasUnsaved reports whether something waits to be stored.
func (r *report) hasUnsaved() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.growing {
		if g.unsaved {
			return true
		}
	}
	return len(r.batch.Cursor) > 0
}

// flush shows what grew and stores the batch. Growth and moves of the cursor alone are stored every PartEvery.
func (r *report) flush(ctx context.Context) error {
	for _, p := range r.unseenParts() {
		r.sink.Live(p)
	}
	r.mu.Lock()
	due := isUrgent(r.batch) || time.Since(r.stored) >= PartEvery
	r.mu.Unlock()
	if !due {
		return nil
	}
	return r.store(ctx)
}

func isUrgent(b session.Batch) bool {
	return len(b.Events)+len(b.Asks)+len(b.Gone)+len(b.Vanished)+len(b.Sent) > 0 || b.Waiting != nil || b.Trouble != nil
}

// store records the batch, whether or not the turn is being aborted in the meantime.
func (r *report) store(ctx context.Context) error {
	b := r.takeBatch()
	if !isUrgent(b) && len(b.Cursor)+len(b.Parts) == 0 && b.Doing == "" {
		return nil
	}
	if err := r.sink.Record(context.WithoutCancel(ctx), b); err != nil {
		return errSink{err}
	}
	return nil
}

// takeBatch gives the batch, with the texts that grew when it is time to store them, and begins a new one.
func (r *report) takeBatch() session.Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.batch
	r.batch = session.Batch{}
	if time.Since(r.stored) < PartEvery {
		return b
	}
	r.stored = time.Now()
	for _, g := range r.sortedGrowing() {
		if g.unsaved {
			g.unsaved = false
			b.Parts = append(b.Parts, g.part())
		}
	}
	return b
}
