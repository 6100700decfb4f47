package turn

import (
	"slices"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// prompt is a message that was sent in this turn, or that the conversation has from an earlier one. id is the one it bears
// at OpenCode: ours, or ours with a later stamp, because OpenCode answers only messages that sort after its last answer. The
// random end stays, so that it is recognized.
type prompt struct {
	ours, id, part, text string
	// after is the newest message ID at send time; only a later message can be its answer.
	after string
	// arrived is true when the conversation has it.
	arrived bool
}

// isAnsweredBy reports whether an answer was made with the prompt in view.
func (p *prompt) isAnsweredBy(answer wire.Message) bool {
	return p.arrived && answer.ParentID >= p.id && answer.ID > p.after
}

// outbox is what was sent to the agent: prompts and replies. It is safe for concurrent use; signals share it with the loop.
type outbox struct {
	// order keeps prompts in order; it is held while one is sent.
	order sync.Mutex

	mu       sync.Mutex
	closed   bool
	inFlight int
	newest   string // the newest message ID of the conversation
	prompts  []*prompt
	replied  map[string]session.Reply // asks answered through us
}

func newOutbox() *outbox { return &outbox{replied: map[string]session.Reply{}} }

// close refuses further signals.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
}

// isClosed reports whether signals are refused.
func (o *outbox) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// closeIfAnswered refuses further signals, unless one came in the meantime.
func (o *outbox) closeIfAnswered(answer wire.Message) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.prompts {
		if !p.isAnsweredBy(answer) {
			return false
		}
	}
	o.closed = o.inFlight == 0
	return o.closed
}

// isSending reports whether a message is on its way.
func (o *outbox) isSending() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.inFlight > 0
}

// newestID is the newest message ID of the conversation; signals move it on.
func (o *outbox) newestID() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.newest
}

// noteMessage moves newest to the ID of a message that the conversation has.
func (o *outbox) noteMessage(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.newest = max(o.newest, id)
}

// begin places a message behind the newest one and counts it as on its way, until finish.
func (o *outbox) begin(m session.Message, now time.Time) (*prompt, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil, ErrNone
	}
	p := &prompt{ours: m.ID, text: m.Text, after: o.newest}
	p.id, p.part = placeAfter(m, o.newest, now)
	o.prompts = append(o.prompts, p)
	o.inFlight++
	o.newest = max(o.newest, p.id)
	return p, nil
}

// finish ends what begin began; a message that could not be sent is removed.
func (o *outbox) finish(p *prompt, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inFlight--
	if err != nil {
		o.prompts = slices.DeleteFunc(o.prompts, func(x *prompt) bool { return x == p })
	}
}

// addEarlier adds a prompt that the conversation has from an earlier turn.
func (o *outbox) addEarlier(p prompt) *prompt {
	o.mu.Lock()
	defer o.mu.Unlock()
	p.arrived = true
	o.prompts = append(o.prompts, &p)
	return &p
}

// latest is the prompt with the newest ID, or nil.
func (o *outbox) latest() (last *prompt) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.prompts {
		if last == nil || p.id > last.id {
			last = p
		}
	}
	return last
}

// confirm notes that the conversation has a message. It gives our ID of one that had not arrived before, else nothing.
func (o *outbox) confirm(id string) (ours []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.prompts {
		if p.id == id && !p.arrived {
			p.arrived = true
			if p.ours != "" {
				ours = append(ours, p.ours)
			}
		}
	}
	return ours
}

// newestUnanswered is the prompt sent last that has no answer, or nil.
func (o *outbox) newestUnanswered(answer wire.Message) *prompt {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range slices.Backward(o.prompts) {
		if !p.isAnsweredBy(answer) {
			return p
		}
	}
	return nil
}

// prepareResend chooses the prompt to send again: the newest without an answer, else the last one; nil when there is none.
// One that came too late for the answer before it, and sorts before it, gets a later ID: OpenCode would never look at it.
func (o *outbox) prepareResend(answer wire.Message, now time.Time) *prompt {
	p := o.newestUnanswered(answer)
	o.mu.Lock()
	defer o.mu.Unlock()
	if p == nil && len(o.prompts) > 0 {
		p = o.prompts[len(o.prompts)-1]
	}
	if p == nil {
		return nil
	}
	if answer.ID > p.id && answer.ParentID < p.id {
		p.id, p.part = placeAfter(session.Message{ID: p.id, PartID: p.part}, o.newest, now)
		p.arrived = false
	}
	return p
}

// restamp notes that a prompt is sent once more now, and gives a copy of it to send.
func (o *outbox) restamp(p *prompt) prompt {
	o.mu.Lock()
	defer o.mu.Unlock()
	p.after = max(o.newest, p.id)
	return *p
}

// beginReply notes that an ask is answered through us.
func (o *outbox) beginReply(ask string, r session.Reply) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return ErrNone
	}
	o.replied[ask] = r
	return nil
}

// dropReply undoes beginReply.
func (o *outbox) dropReply(ask string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.replied, ask)
}

// isReplied reports whether an ask was answered through us.
func (o *outbox) isReplied(ask string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.replied[ask]
	return ok
}

// rejections are the asks that were rejected through us.
func (o *outbox) rejections() (ids []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, r := range o.replied {
		if r == session.Reject {
			ids = append(ids, id)
		}
	}
	return ids
}
