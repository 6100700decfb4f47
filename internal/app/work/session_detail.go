package work

import (
	"context"
	"slices"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// SessionDetail has the data of the session page, read in one transaction.
type SessionDetail struct {
	Session  session.Session
	Events   []event.Event // the newest, ascending
	Parts    []session.Part
	Asks     []session.Ask
	Messages []session.Message
	Todo     []event.TodoItem
	States   []event.Event // every session.state among Events
	Queue    session.Queue
	LastSeq  int64
	// Gaps are what the working tree lacks of its base commit.
	Gaps repository.Gaps
	// Checkpoints are the newest ones, of which there are CheckpointCount; the last number is LastCheckpoint.
	Checkpoints                     []session.Checkpoint
	CheckpointCount, LastCheckpoint int64
	// LastGood is the number of the newest checkpoint of a state that did not fail; 0 if there is none.
	LastGood int64
	// AnswerWithin is how long an ask waits before its session pauses; zero if that is unknown.
	AnswerWithin time.Duration
	// Pulls are the session's pull requests, newest first; HasForge reports whether its repository can have any.
	Pulls    []session.Pull
	HasForge bool
	// CanLand reports whether the merge queue can write to the session's repository. Entry is the session's newest entry there, at Place
	// while it is in the queue; nil if it was never in one.
	CanLand bool
	Entry   *merge.Entry
	Place   int
	// Stops are read for a session that the breaker paused.
	Stops LoopStops
	// Outcomes are those of the attempts that have ended, newest first.
	Outcomes []session.Outcome
	// Feedback is what people think of a session that has ended, the newest first.
	Feedback []session.Feedback
}

// newestCheckpoints is how many checkpoints the session's aside lists.
const newestCheckpoints = 3

// SessionDetail returns a session with its newest limit events.
func (a *Verbs) SessionDetail(ctx context.Context, by tenant.Actor, id session.ID, limit int) (g SessionDetail, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		g.Session, g.LastSeq, g.AnswerWithin = s, s.LastSeq, a.opts.AnswerWithin
		return a.fillDetail(ctx, sc, by, &g, limit)
	})
	if err == nil {
		err = a.lookAt(ctx, by.Tenant, id, g.Pulls)
	}
	return g, err
}

// fillTaking reads what only a session with a repository can have.
func (a *Verbs) fillTaking(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, g *SessionDetail) (err error) {
	if g.Session.RepositoryID == "" {
		return nil
	}
	if g.Pulls, err = dbwork.On(sc).Pulls(ctx, g.Session.ID); err != nil {
		return err
	}
	if _, err := dbrepos.On(sc).Forge(ctx, g.Session.RepositoryID); err == nil {
		g.HasForge = true
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	if r, err := dbrepos.On(sc).Repository(ctx, g.Session.RepositoryID); err == nil {
		g.CanLand = a.repos.CheckWritable(by.Slug, r) == nil
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	return fillEntry(ctx, sc, g)
}

// fillEntry reads the session's place in the merge queue.
func fillEntry(ctx context.Context, sc *dbkernel.Scope, g *SessionDetail) error {
	e, err := dbwork.On(sc).MergeEntryOf(ctx, g.Session.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if g.Entry = &e; !e.Status.IsOpen() {
		return nil
	}
	all, err := dbwork.On(sc).OpenMergeEntries(ctx, e.Repository)
	g.Place = 1 + slices.IndexFunc(all, func(one merge.Entry) bool { return one.ID == e.ID })
	return err
}

func (a *Verbs) fillDetail(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, g *SessionDetail, limit int) (err error) {
	id := g.Session.ID
	if g.Events, err = dbwork.On(sc).EventsBefore(ctx, id, 0, limit); err != nil {
		return err
	}
	if g.Gaps, err = dbwork.On(sc).Gaps(ctx, id); err != nil {
		return err
	}
	if g.Session.Status.Finished() {
		if g.Feedback, err = dbwork.On(sc).Feedback(ctx, id); err != nil {
			return err
		}
	}
	if g.Checkpoints, err = dbwork.On(sc).Checkpoints(ctx, id, newestCheckpoints); err != nil {
		return err
	}
	if g.CheckpointCount, err = dbwork.On(sc).CountCheckpoints(ctx, id); err != nil {
		return err
	}
	if g.LastCheckpoint, err = dbwork.On(sc).LastCheckpointNumber(ctx, id); err != nil {
		return err
	}
	good, _, err := dbwork.On(sc).LastGoodCheckpoint(ctx, id)
	if err != nil {
		return err
	}
	g.LastGood = good.N
	if g.Parts, err = dbwork.On(sc).Parts(ctx, id); err != nil {
		return err
	}
	if g.Asks, err = dbwork.On(sc).SessionAsks(ctx, id); err != nil {
		return err
	}
	if g.Outcomes, err = dbwork.On(sc).Outcomes(ctx, id); err != nil {
		return err
	}
	if g.Messages, err = dbwork.On(sc).Messages(ctx, id); err != nil {
		return err
	}
	if err := a.fillTaking(ctx, sc, by, g); err != nil {
		return err
	}
	if g.Session.Status == session.Queued {
		if g.Queue, err = a.readQueue(ctx, sc, by, g.Session); err != nil {
			return err
		}
	}
	if g.Session.IsLooped() {
		if g.Stops, err = a.readStops(ctx, sc, id); err != nil {
			return err
		}
	}
	for _, e := range g.Events {
		switch e.Type {
		case event.AgentTodo:
			g.Todo = event.Decode[event.Todo](e).Items
		case event.SessionState:
			g.States = append(g.States, e)
		}
	}
	return nil
}
