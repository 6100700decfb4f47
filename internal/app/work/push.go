package work

import (
	"context"
	"errors"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Publisher saves the work of sessions as commits and publishes them. The real one uses git.
type Publisher interface {
	// Save stores a session's work in the server's clone of its repository, as commits that follow onto; onto may be empty. If the
	// session's tree no longer exists, it returns what was saved last.
	Save(ctx context.Context, s session.Session, onto string) (session.Saved, error)
	// Publish sends a commit of the clone to a branch of the repository itself. If it fails, the branch is as it was.
	Publish(ctx context.Context, s session.Session, p session.Publication) (session.Published, error)
}

// PushSession sends the work of a finished session to a branch of its repository, by default the session's own. It creates the branch,
// or moves one that this session has pushed before. If that fails, nothing has changed, and the fault says why.
func (a *Verbs) PushSession(ctx context.Context, by tenant.Actor, id session.ID, branch string) (p session.Published, err error) {
	s, last, err := a.takeable(ctx, by, id)
	if err != nil {
		return p, err
	}
	want := session.Publication{Branch: strings.TrimSpace(branch)}
	if want.Branch == "" {
		want.Branch = s.Branch
	}
	if err := repository.CheckRef("branch", want.Branch); err != nil {
		return p, err
	}
	if last != nil && last.Branch == want.Branch {
		want.Expect = last.Commit
	}
	if p, err = a.publish(ctx, s, want); err != nil {
		return p, inTime(ctx, err)
	}
	return p, a.recordPush(ctx, by, s, p)
}

// takeable reads a session whose work the actor can take now, and its last push.
func (a *Verbs) takeable(ctx context.Context, by tenant.Actor, id session.ID) (s session.Session, last *session.Pushed, err error) {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return s, nil, err
	}
	err = a.k.Read(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		if s, err = dbwork.On(sc).Session(ctx, id); err != nil {
			return err
		}
		if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
			return err
		}
		if err := s.CheckTakeable(); err != nil {
			return err
		}
		r, err := dbrepos.On(sc).Repository(ctx, s.RepositoryID)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Conflict, "The session's repository was deleted, so there is nothing to push to. Download the patch instead.")
		}
		if err != nil {
			return err
		}
		if err := a.repos.CheckWritable(by.Slug, r); err != nil {
			return err
		}
		last, err = lastPush(ctx, sc, s)
		return err
	})
	return s, last, err
}

// lastPush returns the last push of the session's current attempt; nil if there was none. What an earlier attempt pushed may not be a
// part of this one's work.
func lastPush(ctx context.Context, sc *dbkernel.Scope, s session.Session) (*session.Pushed, error) {
	all, err := dbwork.On(sc).Outcomes(ctx, s.ID)
	if err != nil || len(all) == 0 || all[0].Attempt != s.Attempt {
		return nil, err
	}
	return all[0].Pushed, nil
}

// publish saves the work and sends it.
func (a *Verbs) publish(ctx context.Context, s session.Session, want session.Publication) (p session.Published, err error) {
	if a.opts.Publisher == nil {
		return p, fault.New(fault.Unavailable, "This server cannot push.")
	}
	saved, err := a.opts.Publisher.Save(ctx, s, want.Expect)
	if err != nil {
		return p, err
	}
	if saved.Commits == 0 {
		return p, fault.New(fault.Conflict, "This session changed nothing, so there is nothing to take.")
	}
	want.Commit = saved.Commit
	p, err = a.opts.Publisher.Publish(ctx, s, want)
	p.Saved = saved
	return p, err
}

// inTime words an error after the request's time was used up, or the server's.
func inTime(ctx context.Context, err error) error {
	if ctx.Err() == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	why := "because the server stops"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why = "because it took too long"
	}
	return fault.New(fault.Unavailable, "The push was stopped, %s. Push again: if the branch has arrived in the meantime, that is no error.", why).Because(err)
}

// recordPush stores a push with its event and its audit entry.
func (a *Verbs) recordPush(ctx context.Context, by tenant.Actor, s session.Session, p session.Published) error {
	return a.k.Write(context.WithoutCancel(ctx), by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		on := dbwork.On(sc)
		if all, err := on.Outcomes(ctx, s.ID); err != nil {
			return err
		} else if len(all) == 0 || all[0].Attempt != s.Attempt { // an earlier version ended the attempt
			if err := on.EndAttempt(ctx, s.ID); err != nil {
				return err
			}
		}
		if err := on.SetSavedWork(ctx, s.ID, s.Attempt, p.Commit, p.Commits); err != nil {
			return err
		}
		push := session.Pushed{At: a.k.Clock.Now(), Branch: p.Branch, Commit: p.Commit, ByName: by.Name, Command: p.Command()}
		if err := on.SetPushedWork(ctx, s.ID, s.Attempt, push, by.User); err != nil {
			return err
		}
		e := event.New(event.SessionPushed, appkernel.Person(by), event.Pushed{Branch: p.Branch, Commit: p.Commit})
		if _, err := on.AppendEvents(ctx, s.ID, s.Attempt, []event.Event{e}); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(by.Tenant, s.ID) })
		return a.k.Audit(ctx, sc, by, "push_session", string(s.ID), s.Title+" → "+p.Branch+" "+p.Commit)
	})
}
