package engine

import (
	"context"
	"errors"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// work opens the tree and gives the agent what people said, turn after turn, until there is nothing left to say.
// It returns early, without an error, once the session stands somewhere else.
func (d *drive) work(ctx context.Context) error {
	st, err := d.e.app.Standing(ctx, d.lease)
	if err != nil || !st.Held || !st.Session.Status.Active() {
		return err
	}
	dir, base, err := d.e.space.Open(ctx, st.Session)
	if err != nil {
		return d.noTree(ctx, err)
	}
	if base != st.Session.BaseCommit {
		if err := d.e.app.SetTree(ctx, d.lease, base); err != nil {
			return d.ours(err)
		}
	}
	for {
		out, err := d.play(ctx, dir)
		if err != nil || ctx.Err() != nil {
			return d.ours(err)
		}
		more, err := d.conclude(ctx, out)
		if err != nil || !more {
			return d.ours(err)
		}
	}
}

// ours drops the error of a write that came too late: the attempt is another's or the session was moved meanwhile.
func (d *drive) ours(err error) error {
	if fault.Is(err, fault.Conflict) {
		d.interrupt(errMoved)
		return nil
	}
	return err
}

func (d *drive) noTree(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	d.log("open a session's tree", err)
	d.move(ctx, session.Failed, session.Reason{Code: session.WorkspaceError, Message: "The work tree could not be made: " + sentence(err, "a fault in the server, which was written down.")})
	return nil
}

// play is one turn of the agent.
func (d *drive) play(ctx context.Context, dir string) (runner.Outcome, error) {
	st, err := d.e.app.Standing(ctx, d.lease)
	if err != nil {
		return runner.Outcome{}, err
	}
	if !st.Held || !st.Session.Status.Active() {
		d.interrupt(errMoved)
		return runner.Outcome{}, nil
	}
	job := jobOf(st, dir)
	if job.OwnConfig, err = d.e.app.AgentConfigCounts(ctx, st.Session.Tenant, st.Session.RepositoryID); err != nil {
		return runner.Outcome{}, err
	}
	d.begin(st)
	defer d.silent()
	return d.e.run.Execute(ctx, job, sink{d})
}

func jobOf(st app.Standing, dir string) runner.Job {
	s := st.Session
	job := runner.Job{Tenant: s.Tenant, Session: s.ID, Attempt: s.Attempt, Title: s.Title, Dir: dir, Agent: s.Agent, Model: s.Model,
		Conversation: s.Conversation, Cursor: st.Cursor}
	if st.Last != nil {
		job.Messages = append(job.Messages, *st.Last)
	}
	job.Messages = append(job.Messages, st.Messages...)
	return job
}

// begin notes what the turn is told from the start, so that the watch does not tell it again.
func (d *drive) begin(st app.Standing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.told)
	for _, m := range st.Messages {
		d.told[m.ID] = true
	}
	d.turn, d.heard, d.last = true, false, d.e.clock.Now()
}

// silent ends the turn: from now on nobody is expected to say anything.
func (d *drive) silent() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.turn = false
}

// conclude acts on how a turn ended; more says that the agent has something to do yet.
func (d *drive) conclude(ctx context.Context, out runner.Outcome) (more bool, err error) {
	switch out.End {
	case runner.Done:
		d.changes(ctx)
		if err := d.checks(ctx); err != nil || ctx.Err() != nil {
			return false, err
		}
		return d.e.app.Complete(ctx, d.lease)
	case runner.Failed:
		d.changes(ctx)
		return false, d.fail(ctx, out.Reason)
	case runner.Lost:
		return false, d.e.app.Move(ctx, d.lease, session.Failed, orElse(out.Reason, session.RunnerLost, "OpenCode ended while it worked."))
	case runner.Orphan:
		return false, d.e.app.Move(ctx, d.lease, session.Orphaned, session.Reason{Message: "Orphaned: its conversation no longer exists at OpenCode. The transcript and the tree are kept."})
	case runner.Aborted:
		return false, d.aborted(ctx)
	}
	return false, errors.New("the runner answered no known end: " + string(out.End))
}

// fail moves a session whose turn failed. One that used its limit up is paused: it goes on when the limit is raised.
func (d *drive) fail(ctx context.Context, why session.Reason) error {
	if why.Code == session.BudgetExhausted {
		return d.e.app.Move(ctx, d.lease, session.Paused, why)
	}
	return d.e.app.Move(ctx, d.lease, session.Failed, orElse(why, session.AgentError, "The agent ended without saying why."))
}

// aborted is a turn that ended although nobody here asked for it: the runner closes.
func (d *drive) aborted(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return d.e.app.Move(ctx, d.lease, session.Failed, session.Reason{Code: session.RunnerLost, Message: "OpenCode was stopped while this ran."})
}

func orElse(r session.Reason, code session.ReasonCode, message string) session.Reason {
	if r.Code == "" {
		r.Code = code
	}
	if r.Message == "" {
		r.Message = message
	}
	return r
}

// changes reads what became of the tree. A tree that cannot be read leaves the last known changes.
func (d *drive) changes(ctx context.Context) {
	d.reading.Lock()
	defer d.reading.Unlock()
	s, err := d.e.app.Standing(ctx, d.lease)
	if err != nil || s.Session.BaseCommit == "" {
		return
	}
	files, patch, truncated, err := d.e.space.Diff(ctx, s.Session)
	if err == nil {
		err = d.e.app.SetDiff(ctx, d.lease, files, patch, truncated)
	}
	if err != nil && ctx.Err() == nil && !fault.Is(err, fault.Conflict) {
		d.log("read a tree's changes", err)
	}
}

// checks runs the repository's check commands one after the other and keeps their verdicts.
func (d *drive) checks(ctx context.Context) error {
	st, err := d.e.app.Standing(ctx, d.lease)
	if err != nil || st.Session.RepositoryID == "" || len(st.Messages) > 0 {
		return err
	}
	r, _, err := d.e.app.CloneSource(ctx, d.key.tenant, st.Session.RepositoryID)
	if fault.Is(err, fault.NotFound) || err == nil && len(r.CheckCommands) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	var results []repository.CheckResult
	for _, command := range r.CheckCommands {
		bounded, cancel := context.WithTimeout(ctx, d.e.timers.Check+time.Minute)
		results = append(results, d.e.space.Check(bounded, st.Session, command))
		cancel()
		if ctx.Err() != nil {
			return nil
		}
	}
	return d.e.app.SetChecks(ctx, d.lease, results)
}
