package turn

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// Signal sends the running turn a message or a reply, as soon as it accepts signals. It fails with fault.Conflict when the
// turn is over, or when the agent no longer waits for the reply.
func (t *Turn) Signal(ctx context.Context, s runner.Signal) error {
	select {
	case <-t.opened:
	case <-t.ended:
		return ErrNone
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.Message != nil {
		return t.send(ctx, *s.Message)
	}
	return t.reply(ctx, s)
}

// reply answers an ask. "Always" is kept by the orchestrator and sent to OpenCode as once: its own would spread to every
// session of the directory.
func (t *Turn) reply(ctx context.Context, s runner.Signal) error {
	if err := t.outbox.beginReply(s.AskID, s.Reply); err != nil {
		return err
	}
	err := t.sendReply(ctx, s)
	if wire.RefusedWith(err, 404) {
		err = fault.New(fault.Conflict, "The agent is no longer waiting for this answer.").Because(err)
	}
	if err != nil {
		t.outbox.dropReply(s.AskID)
	}
	return err
}

func (t *Turn) sendReply(ctx context.Context, s runner.Signal) error {
	c := t.srv.Client
	switch {
	case s.Kind == session.Question && s.Reply == session.Reject:
		return c.RejectQuestion(ctx, t.job.Dir, s.AskID)
	case s.Kind == session.Question:
		return c.AnswerQuestion(ctx, t.job.Dir, s.AskID, s.Answers)
	case s.Reply == session.Reject:
		return c.ReplyPermission(ctx, t.job.Dir, s.AskID, wire.PermissionReply{Reply: "reject", Message: s.Text})
	}
	return c.ReplyPermission(ctx, t.job.Dir, s.AskID, wire.PermissionReply{Reply: "once"})
}
