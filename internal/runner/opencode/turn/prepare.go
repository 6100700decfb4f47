package turn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/proc"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// play is the turn from its first check to its end.
func (t *Turn) play(ctx context.Context) (runner.Outcome, error) {
	if info, err := os.Stat(t.job.Dir); err != nil || !info.IsDir() {
		return failed(session.Reason{Code: session.WorkspaceError, Message: "The session's working directory does not exist."})
	}
	conversation, orphan, err := t.openConversation(ctx)
	if err != nil {
		return runner.Outcome{}, err
	}
	if orphan {
		return runner.Outcome{End: runner.Orphan}, nil
	}
	t.srv.Subscribe(conversation, t.inbox)
	defer t.srv.Unsubscribe(conversation)
	if err := t.catchUp(ctx); err != nil {
		return runner.Outcome{}, err
	}
	if t.verdict.isIdle() {
		if err := t.checkReady(ctx); err != nil {
			return runner.Outcome{}, err
		}
	}
	out, over, err := t.sendMissing(ctx)
	if err != nil || over {
		return out, err
	}
	close(t.opened)
	return t.loop(ctx)
}

// openConversation finds the conversation or makes it; orphan is true when it no longer exists.
func (t *Turn) openConversation(ctx context.Context) (id string, orphan bool, err error) {
	if id = t.job.Conversation; id != "" {
		t.transcript.open(id)
		_, err := t.srv.Client.Session(ctx, id)
		if wire.RefusedWith(err, 404) {
			return id, true, nil
		}
		return id, false, err
	}
	if err := t.checkReady(ctx); err != nil {
		return "", false, err
	}
	s, err := t.srv.Client.CreateSession(ctx, t.job.Dir, t.job.Title)
	if err != nil {
		return "", false, err
	}
	t.transcript.openNew(s.ID)
	if err := t.sink.Conversation(context.WithoutCancel(ctx), s.ID); err != nil {
		return s.ID, false, errSink{err}
	}
	return s.ID, false, nil
}

// checkReady boots the directory and refuses an agent or a model that does not exist: OpenCode would end without a word.
func (t *Turn) checkReady(ctx context.Context) error {
	err := t.srv.PrepareDir(ctx, t.job.Dir)
	switch {
	case wire.RefusedWith(err, 400) && t.job.OwnConfig:
		return invalid(err, "OpenCode rejected the repository's own configuration, or the team's: %s", sentence(err.Error()))
	case wire.RefusedWith(err, 400):
		return invalid(err, "OpenCode rejected the team's configuration.")
	case err != nil:
		return err
	}
	agents, err := t.srv.Client.Agents(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(agents, t.isJobAgent) {
		return invalid(errors.New("unknown agent"), "OpenCode has no agent %q that can start a session.", t.job.Agent)
	}
	return t.checkModel(ctx)
}

func (t *Turn) isJobAgent(a wire.Agent) bool {
	return a.Name == t.job.Agent && a.Mode != "subagent" && !a.Hidden
}

func (t *Turn) checkModel(ctx context.Context) error {
	slug, model, _ := provider.SplitIdentifier(t.job.Model)
	all, err := t.srv.Client.Providers(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	for _, p := range all.Providers {
		if _, ok := p.Models[model]; ok && p.ID == slug {
			return nil
		}
	}
	return invalid(errors.New("unknown model"), "The team no longer has the model %q.", t.job.Model)
}

func invalid(cause error, format string, args ...any) error {
	return &proc.Unready{Reason: session.Reason{Code: session.InvalidConfig, Message: fmt.Sprintf(format, args...)}, Cause: cause}
}
