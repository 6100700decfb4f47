package opencode

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// given is a message the agent was told in this turn. id is the one it bears at OpenCode: ours, or ours with a later stamp,
// because OpenCode answers only messages that sort after its last answer. The random end stays, so that it is known again.
type given struct {
	ours, id, part, text string
	// after is the newest message when it was told; an answer is newer.
	after string
	seen  bool
}

// NewMessageIDs makes the ids of a message and its text as OpenCode sorts them: by time.
func NewMessageIDs(now time.Time) (msg, prt string) { return session.NewMessageID(now) }

const stampLen, endLen = 12, 14

// ending is the random end of an id, which names a message whatever its stamp.
func ending(id string) string { return id[max(0, len(id)-endLen):] }

func stampOf(id string) string {
	if _, rest, ok := strings.Cut(id, "_"); ok && len(rest) >= stampLen {
		return rest[:stampLen]
	}
	return ""
}

// placed is m as it is told: restamped when the conversation has a newer message.
func placed(m session.Message, newest string, now time.Time) (id, part string) {
	if stampOf(m.ID) > stampOf(newest) {
		return m.ID, m.PartID
	}
	fresh, _ := session.NewMessageID(now)
	stamp := stampOf(fresh)
	if stamp <= stampOf(newest) { // the clock went back
		var n uint64
		_, _ = fmt.Sscanf(stampOf(newest), "%x", &n) // an id of another form sorts as it may
		stamp = fmt.Sprintf("%012x", n+1)
	}
	return "msg_" + stamp + ending(m.ID), "prt_" + stamp + ending(m.PartID)
}

// begin tells the agent what it has not been told. A conversation that is busy, because OpenCode outlived this server, is
// only attached to; one that was cut off goes on when its last message is told again with the same ids.
func (t *turn) begin(ctx context.Context) (out runner.Outcome, over bool, err error) {
	missing, last := t.missing()
	for _, m := range missing {
		if err := t.send(ctx, m); err != nil {
			return out, false, err
		}
	}
	if len(missing) > 0 || !t.idle {
		return out, false, nil
	}
	if last == nil {
		return out, true, errors.New("there is nothing to tell the agent")
	}
	if a := t.assistant; a.ParentID >= last.id && a.Error == nil && t.concluded() {
		out, err = t.end(ctx, t.verdict())
		return out, true, err
	}
	return out, false, t.again(ctx, last)
}

// missing are the job's messages the conversation does not have; last is the newest message it has that can be told again.
func (t *turn) missing() (missing []session.Message, last *given) {
	has := map[string]messageInfo{}
	for id, m := range t.messages {
		if m.Role == "user" && m.SessionID == t.conversation {
			has[ending(id)] = m
		}
	}
	for _, m := range t.job.Messages {
		if had, ok := has[ending(m.ID)]; ok {
			t.pending.Sent = append(t.pending.Sent, m.ID)
			g := &given{ours: m.ID, id: had.ID, after: had.ID, seen: true, text: m.Text, part: restamp(m.PartID, had.ID)}
			t.given = append(t.given, g)
			continue
		}
		missing = append(missing, m)
	}
	return missing, t.newestOf(has)
}

// newestOf is the newest of a conversation's messages that has a text. One without is OpenCode's own and asks for a compaction;
// it is carried out when what was said before it is told again.
func (t *turn) newestOf(has map[string]messageInfo) (last *given) {
	for _, g := range t.given {
		if last == nil || g.id > last.id {
			last = g
		}
	}
	newest := ""
	for _, m := range has {
		if len(t.texts[m.ID]) > 0 {
			newest = max(newest, m.ID)
		}
	}
	if newest == "" || last != nil && last.id >= newest {
		return last
	}
	return t.recall(newest)
}

// restamp gives a part the stamp its message has.
func restamp(part, message string) string { return "prt_" + stampOf(message) + ending(part) }

// recall is a person's message as the conversation has it, when the job does not name it.
func (t *turn) recall(id string) *given {
	g := &given{id: id, after: id, seen: true}
	for _, p := range t.texts[id] {
		g.part, g.text = p.ID, p.Text
	}
	t.given = append(t.given, g)
	return g
}

// send tells the agent a message.
func (t *turn) send(ctx context.Context, m session.Message) error {
	t.sending.Lock()
	defer t.sending.Unlock()
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return errNoTurn
	}
	g := &given{ours: m.ID, text: m.Text, after: t.newest}
	g.id, g.part = placed(m, t.newest, t.r.opts.Clock.Now())
	t.given = append(t.given, g)
	t.inflight++
	t.newest = max(t.newest, g.id)
	t.mu.Unlock()
	err := t.post(ctx, g)
	t.mu.Lock()
	t.inflight--
	if err != nil {
		t.drop(g)
	}
	t.mu.Unlock()
	t.box.push(item{kind: itemNone})
	return err
}

// again tells the last message once more: the agent's loop takes it up where it was cut off, and nothing is doubled.
func (t *turn) again(ctx context.Context, g *given) error {
	t.mu.Lock()
	g.after = max(t.newest, g.id)
	t.mu.Unlock()
	return t.post(ctx, g)
}

// post is not cut short when the turn is aborted: what was half told could begin to run afterwards.
func (t *turn) post(ctx context.Context, g *given) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	slug, model, _ := provider.SplitIdentifier(t.job.Model)
	return t.srv.client.prompt(ctx, t.conversation, promptInput{MessageID: g.id, Agent: t.job.Agent,
		Model: modelInput{ProviderID: slug, ModelID: model}, Parts: []textInput{{ID: g.part, Type: "text", Text: g.text}}})
}

// drop forgets a message that could not be told. The caller holds mu.
func (t *turn) drop(g *given) {
	for i, x := range t.given {
		if x == g {
			t.given = append(t.given[:i], t.given[i+1:]...)
			return
		}
	}
}

// taken notes that the conversation has a person's message.
func (t *turn) taken(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range t.given {
		if g.id == id && !g.seen {
			g.seen = true
			if g.ours != "" {
				t.pending.Sent = append(t.pending.Sent, g.ours)
			}
		}
	}
}

// signal tells the running turn something, as soon as it takes signals.
func (t *turn) signal(ctx context.Context, s runner.Signal) error {
	select {
	case <-t.opened:
	case <-t.ended:
		return errNoTurn
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.Message != nil {
		return t.send(ctx, *s.Message)
	}
	return t.reply(ctx, s)
}

// reply answers an ask. "Always" is kept by the orchestrator and said to OpenCode as once: its own would spread to every
// session of the directory.
func (t *turn) reply(ctx context.Context, s runner.Signal) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return errNoTurn
	}
	t.replied[s.AskID] = true
	t.mu.Unlock()
	err := t.answer(ctx, s)
	if refusedWith(err, 404) {
		err = fault.New(fault.Conflict, "The agent no longer asks this.").Because(err)
	}
	if err != nil {
		t.mu.Lock()
		delete(t.replied, s.AskID)
		t.mu.Unlock()
	}
	return err
}

func (t *turn) answer(ctx context.Context, s runner.Signal) error {
	c := t.srv.client
	switch {
	case s.Kind == session.Question && s.Reply == session.Reject:
		return c.rejectQuestion(ctx, t.job.Dir, s.AskID)
	case s.Kind == session.Question:
		return c.answerQuestion(ctx, t.job.Dir, s.AskID, s.Answers)
	case s.Reply == session.Reject:
		return c.replyPermission(ctx, t.job.Dir, s.AskID, permissionReply{Reply: "reject", Message: s.Text})
	}
	return c.replyPermission(ctx, t.job.Dir, s.AskID, permissionReply{Reply: "once"})
}
