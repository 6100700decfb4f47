package turn

import (
	"context"
	"errors"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// sendMissing sends what the agent does not have yet. To a conversation that is busy, because OpenCode outlived this server,
// the turn only attaches; one that was cut off continues when its last message is sent again with the same IDs.
func (t *Turn) sendMissing(ctx context.Context) (out runner.Outcome, over bool, err error) {
	missing, last := t.splitMessages()
	for _, m := range missing {
		if err := t.send(ctx, m); err != nil {
			return out, false, err
		}
	}
	if len(missing) > 0 || !t.verdict.isIdle() {
		return out, false, nil
	}
	if last == nil {
		return out, true, errors.New("there is no message to send to the agent")
	}
	if a := t.transcript.newestAnswer(); a.ParentID >= last.id && a.Error == nil && t.transcript.isConcluded() {
		out, err = t.end(ctx, outcomeOf(a))
		return out, true, err
	}
	return out, false, t.resend(ctx, last)
}

// splitMessages gives the job's messages that the conversation does not have, and the newest message it has that can be sent
// again.
func (t *Turn) splitMessages() (missing []session.Message, last *prompt) {
	has := t.transcript.messagesOfPeople()
	for _, m := range t.job.Messages {
		id, ok := has[endOf(m.ID)]
		if !ok {
			missing = append(missing, m)
			continue
		}
		t.report.noteSent(m.ID)
		t.outbox.addEarlier(prompt{ours: m.ID, id: id, after: id, text: m.Text, part: restampPart(m.PartID, id)})
	}
	return missing, t.newestPrompt()
}

// newestPrompt is the newest of a conversation's messages that has a text. One without is OpenCode's own and asks for a
// compaction; OpenCode carries it out when the message before it is sent again.
func (t *Turn) newestPrompt() *prompt {
	last := t.outbox.latest()
	id, part, text := t.transcript.newestText()
	if id == "" || last != nil && last.id >= id {
		return last
	}
	return t.outbox.addEarlier(prompt{id: id, after: id, part: part, text: text})
}

// send sends a message to the agent.
func (t *Turn) send(ctx context.Context, m session.Message) (err error) {
	t.outbox.order.Lock()
	defer t.outbox.order.Unlock()
	p, err := t.outbox.begin(m, t.clock.Now())
	if err != nil {
		return err
	}
	err = errors.New("the message was not sent") // a panic leaves it so
	defer func() {
		t.outbox.finish(p, err)
		t.inbox.Push(proc.Item{Kind: proc.LookAgain})
	}()
	err = t.post(ctx, *p)
	return err
}

// resendNewest sends the newest message without an answer again.
func (t *Turn) resendNewest(ctx context.Context) error {
	p := t.outbox.prepareResend(t.transcript.newestAnswer(), t.clock.Now())
	if p == nil {
		return nil
	}
	return t.resend(ctx, p)
}

// resend sends a message once more: the agent's loop continues where it was cut off, and nothing is doubled.
func (t *Turn) resend(ctx context.Context, p *prompt) error {
	return t.post(ctx, t.outbox.restamp(p))
}

// post is not cut short when the turn is aborted: a message sent by half could begin to run afterwards.
func (t *Turn) post(ctx context.Context, p prompt) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	slug, model, _ := provider.SplitIdentifier(t.job.Model)
	return t.srv.Client.Prompt(ctx, t.transcript.conversationID(), wire.PromptInput{MessageID: p.id, Agent: t.job.Agent,
		Model: wire.ModelInput{ProviderID: slug, ModelID: model}, Parts: []wire.TextInput{{ID: p.part, Type: "text", Text: p.text}}})
}
