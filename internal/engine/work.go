package engine

import (
	"context"
	"errors"
	"time"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// work opens the session's working tree and runs turn after turn until the agent has answered every message.
// It returns early, without an error, once the session was moved.
func (d *drive) work(ctx context.Context) error {
	st, err := d.standing(ctx)
	if err != nil || !st.Held || !st.Session.Status.Active() {
		return err
	}
	ready, release, err := d.prepare(ctx, st)
	if err != nil {
		return d.noTree(ctx, err)
	}
	defer release()
	dir, base, err := d.e.space.Open(ctx, st.Session)
	if err != nil {
		return d.noTree(ctx, err)
	}
	if base != st.Session.BaseCommit {
		err := d.persist(ctx, "store the base commit", func(ctx context.Context) error { return d.e.app.Work.SetTree(ctx, d.lease, base) })
		if err != nil {
			return d.dropConflict(err)
		}
		if err := d.storeGaps(ctx, st.Session, base); err != nil {
			return d.dropConflict(err)
		}
	}
	select {
	case <-ready:
	case <-ctx.Done():
	}
	for {
		out, err := d.runTurn(ctx, dir)
		if err != nil || ctx.Err() != nil {
			return d.dropConflict(err)
		}
		more, err := d.conclude(ctx, out)
		if err != nil || !more {
			return d.dropConflict(err)
		}
	}
}

// storeGaps stores what the new tree lacks of its base commit, so that the session's pages name it.
func (d *drive) storeGaps(ctx context.Context, s session.Session, base string) error {
	gaps, err := d.e.space.Gaps(ctx, s, base)
	if err != nil || !gaps.Any() {
		return err
	}
	return d.persist(ctx, "store what the tree lacks", func(ctx context.Context) error { return d.e.app.Work.SetGaps(ctx, d.lease, gaps) })
}

// standing reads the session; it waits for a database that is away.
func (d *drive) standing(ctx context.Context) (st appwork.Standing, err error) {
	err = d.persist(ctx, "read a session", func(ctx context.Context) error {
		st, err = d.e.app.Work.Standing(ctx, d.lease)
		return err
	})
	return st, err
}

// dropConflict ends the drive instead of returning a Conflict: another server has the attempt, or the session was moved.
func (d *drive) dropConflict(err error) error {
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
	d.move(ctx, session.Failed, session.Reason{Code: session.WorkspaceError, Message: "The working tree could not be created. " + sentence(err, "The details are in the server log.")})
	return nil
}

// runTurn runs one turn of the agent.
func (d *drive) runTurn(ctx context.Context, dir string) (runner.Outcome, error) {
	st, err := d.standing(ctx)
	if err != nil {
		return runner.Outcome{}, err
	}
	if !st.Held || !st.Session.Status.Active() {
		d.interrupt(errMoved)
		return runner.Outcome{}, nil
	}
	if st.Rewind != nil {
		var release func()
		st, release, err = d.rewind(ctx, st, dir)
		defer release()
		if err != nil || ctx.Err() != nil {
			return runner.Outcome{}, err
		}
	}
	job := jobOf(st, dir)
	if job.OwnConfig, err = d.ownConfig(ctx, st); err != nil {
		return runner.Outcome{}, err
	}
	d.beginTurn(st)
	defer d.endTurn()
	return d.e.run.Execute(ctx, job, sink{d})
}

func jobOf(st appwork.Standing, dir string) runner.Job {
	s := st.Session
	job := runner.Job{Tenant: s.Tenant, Session: s.ID, Attempt: s.Attempt, Title: s.Title, Dir: dir, Agent: s.Agent, Model: s.Model, Repository: s.RepositoryID,
		Conversation: s.Conversation, Cursor: st.Cursor, Imports: st.Imports, Asks: st.OpenAsks, Spec: st.Spec}
	if st.Last != nil {
		job.Messages = append(job.Messages, *st.Last)
	}
	job.Messages = append(job.Messages, st.Messages...)
	return job
}

// beginTurn notes the messages that the turn starts with, so that the watch does not send them again.
func (d *drive) beginTurn(st appwork.Standing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.sent)
	for _, m := range st.Messages {
		d.sent[m.ID] = true
	}
	d.inTurn, d.hasReported, d.lastReport, d.kept = true, false, d.e.clock.Now(), nil
	d.checkpointAt = d.lastReport
}

// endTurn ends the turn: no report is expected any more.
func (d *drive) endTurn() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inTurn = false
}

// conclude acts on the end of a turn; more reports whether a message waits for the agent.
func (d *drive) conclude(ctx context.Context, out runner.Outcome) (more bool, err error) {
	switch out.End {
	case runner.Done:
		d.readChanges(ctx)
		d.checkpoint(ctx, session.AfterTurn, "")
		d.keepWork(ctx)
		if err := d.runChecks(ctx); err != nil || ctx.Err() != nil {
			return false, err
		}
		err = d.persist(ctx, "complete a session", func(ctx context.Context) error {
			more, err = d.e.app.Work.Complete(ctx, d.lease)
			return err
		})
		return more, err
	case runner.Failed:
		d.readChanges(ctx)
		d.checkpoint(ctx, session.AfterTurn, session.TurnFailed)
		d.keepWork(ctx)
		return false, d.failTurn(ctx, out.Reason)
	case runner.Lost:
		d.readChanges(ctx)
		d.checkpoint(ctx, session.AfterTurn, session.TurnFailed)
		return false, d.moveOn(ctx, session.Failed, orElse(out.Reason, session.RunnerLost, "OpenCode exited during the turn."))
	case runner.Orphan:
		return false, d.moveOn(ctx, session.Orphaned, session.Reason{Message: "OpenCode no longer has this conversation. The transcript and the working tree are kept."})
	case runner.Aborted:
		return false, d.failAborted(ctx)
	}
	return false, errors.New("unknown end of a turn: " + string(out.End))
}

// moveOn moves the session when its turn has ended; it waits for a database that is away.
func (d *drive) moveOn(ctx context.Context, to session.Status, why session.Reason) error {
	return d.persist(ctx, "move a session", func(ctx context.Context) error { return d.e.app.Work.Move(ctx, d.lease, to, why) })
}

// failTurn moves a session whose turn failed. One that used up a limit is paused: it continues when the limit is raised.
func (d *drive) failTurn(ctx context.Context, why session.Reason) error {
	if why.Code == session.BudgetExhausted {
		return d.moveOn(ctx, session.Paused, why)
	}
	return d.moveOn(ctx, session.Failed, orElse(why, session.AgentError, "The agent stopped without an error message."))
}

// failAborted moves a session whose turn was aborted by the runner rather than by this drive: the runner is closing.
func (d *drive) failAborted(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return d.moveOn(ctx, session.Failed, session.Reason{Code: session.RunnerLost, Message: "OpenCode was stopped during the turn."})
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

// readChanges stores the changes in the working tree. If they cannot be read, the session keeps the ones stored before; if that is because
// the tree has too many files or is too deep, the session is paused.
func (d *drive) readChanges(ctx context.Context) {
	d.reading.Lock()
	defer d.reading.Unlock()
	s, err := d.standing(ctx)
	if err != nil || s.Session.BaseCommit == "" {
		return
	}
	files, patch, truncated, err := d.e.space.Diff(ctx, s.Session)
	if err == nil {
		err = d.persist(ctx, "store a tree's changes", func(ctx context.Context) error {
			return d.e.app.Work.SetDiff(ctx, d.lease, files, patch, truncated)
		})
	}
	if err != nil && ctx.Err() == nil && !fault.Is(err, fault.Conflict) {
		d.log("read a tree's changes", err)
		d.endUnread(ctx, err)
	}
}

// saveWork stores in which commits of its repository's clone the work of a session that has ended was kept, so that it can be taken when
// the working tree is gone. What keepWork could not keep is saved now; a push saves it again if this fails.
func (d *drive) saveWork(ctx context.Context) {
	st, err := d.standing(ctx)
	s := st.Session
	if err != nil || !st.Held || !s.Status.Finished() || s.RepositoryID == "" || s.BaseCommit == "" || s.FilesChanged == 0 {
		return
	}
	var saved session.Saved
	if d.kept != nil && d.kept.Commit != "" {
		saved = *d.kept
	} else {
		saved, err = d.e.space.Save(ctx, s, "")
	}
	if err == nil {
		err = d.e.app.Work.SetSavedWork(ctx, d.lease, saved)
	}
	if err != nil && ctx.Err() == nil && !fault.Is(err, fault.Conflict) {
		d.log("save a session's work", err)
	}
}

// keepWork commits the working tree on the session's branch, where people can fetch it. If that fails, the next turn's end tries again.
func (d *drive) keepWork(ctx context.Context) {
	s, err := d.standing(ctx)
	if err != nil || s.Session.BaseCommit == "" {
		return
	}
	saved, err := d.e.space.Keep(ctx, s.Session)
	if err == nil {
		d.kept = &saved
	} else if ctx.Err() == nil {
		d.log("commit a tree to its branch", err)
	}
}

// runChecks runs the repository's check commands one after the other and stores the results. A message that waits for the agent
// comes first: the next turn may change what the checks would find.
func (d *drive) runChecks(ctx context.Context) error {
	st, err := d.standing(ctx)
	if err != nil || st.Session.RepositoryID == "" || len(st.Messages) > 0 {
		return err
	}
	var r repository.Repository
	err = d.persist(ctx, "read a repository", func(ctx context.Context) (err error) {
		r, _, err = d.e.app.Repos.CloneSource(ctx, d.key.tenant, st.Session.RepositoryID)
		return err
	})
	if fault.Is(err, fault.NotFound) || err == nil && len(r.CheckCommands) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	var results []repository.CheckResult
	for _, command := range r.CheckCommands {
		bounded, cancel := context.WithTimeout(ctx, d.e.timers.Check+time.Minute)
		results = append(results, d.e.space.Check(bounded, st.Session, command, r.ChecksInShell))
		cancel()
		if ctx.Err() != nil {
			return nil
		}
	}
	return d.persist(ctx, "store check results", func(ctx context.Context) error { return d.e.app.Work.SetChecks(ctx, d.lease, results) })
}
