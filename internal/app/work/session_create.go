package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appmodels "github.com/industrial-orchestrator/orchestrator/internal/app/models"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// CreateSession makes a session of the actor as a draft (pending), and queues it when start is set, all in one transaction.
// Model, repository and parent must be the team's own.
func (a *Verbs) CreateSession(ctx context.Context, by tenant.Actor, s session.Session, start bool) (session.Session, error) {
	s = a.draft(by, s)
	if err := by.May(tenant.WriteSessions); err != nil {
		return s, err
	}
	if err := s.Check(); err != nil {
		return s, err
	}
	err := a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		if err := resolve(ctx, sc, &s); err != nil {
			return err
		}
		if err := a.insert(ctx, sc, by, s); err != nil {
			return err
		}
		if start {
			if err := a.enqueue(ctx, sc, s, appkernel.Person(by), session.Reason{}); err != nil {
				return err
			}
		}
		var err error
		s, err = dbwork.On(sc).Session(ctx, s.ID)
		if err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ring(by.Tenant, s.ID); a.k.Hub.RingBell(appkernel.Queue) })
		return nil
	})
	return s, err
}

func (a *Verbs) draft(by tenant.Actor, s session.Session) session.Session {
	s = s.Clean()
	s.ID, s.Tenant, s.Status = session.ID(id.New()), by.Tenant, session.Pending
	s.CreatedBy, s.CreatedByName, s.CreatedAt = by.User, by.Name, a.k.Clock.Now()
	s.StatusAt = s.CreatedAt
	s.Branch = session.BranchName(s.ID, s.Title)
	return s
}

// resolve checks that what a new session names exists in its team, and fills the base ref.
func resolve(ctx context.Context, sc *dbkernel.Scope, s *session.Session) error {
	name, model, _ := provider.SplitIdentifier(s.Model)
	p, err := dbmodels.On(sc).ProviderByName(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return fault.Field("model_identifier", "There is no model provider %q in this team.", name)
	}
	if err != nil {
		return err
	}
	if _, ok := p.Model(model); !ok {
		return fault.Field("model_identifier", "The provider %q has no model %q.", name, model)
	}
	if s.RepositoryID != "" {
		r, err := dbrepos.On(sc).Repository(ctx, s.RepositoryID)
		if fault.Is(err, fault.NotFound) {
			return fault.Field("repository_id", "There is no such repository in this team.")
		}
		if err != nil {
			return err
		}
		if s.BaseRef == "" {
			s.BaseRef = r.DefaultBranch
		}
	}
	if s.ParentID != "" {
		if _, err := dbwork.On(sc).Session(ctx, s.ParentID); fault.Is(err, fault.NotFound) {
			return fault.Field("parent_id", "There is no such session in this team.")
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (a *Verbs) insert(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session) error {
	if err := dbwork.On(sc).CreateSession(ctx, s); err != nil {
		return err
	}
	m := a.message(by.User, s.Prompt)
	if err := dbwork.On(sc).AddMessage(ctx, s.ID, m); err != nil {
		return err
	}
	_, err := dbwork.On(sc).AppendEvents(ctx, s.ID, 0, []event.Event{
		event.New(event.SessionCreated, appkernel.Person(by), event.Created{Title: s.Title}),
		event.New(event.SessionNote, appkernel.Person(by), event.Note{MessageID: m.ID, Text: m.Text}),
	})
	if err != nil {
		return err
	}
	return a.k.Audit(ctx, sc, by, "create_session", string(s.ID), s.Title)
}

// enqueue starts an attempt: pending → queued under the queue's own limit. The place is taken first and counted then,
// because the move holds the team's row: of two who start at once, the second counts the first.
// Once the team's month or its storage is used up nothing is started.
func (a *Verbs) enqueue(ctx context.Context, sc *dbkernel.Scope, s session.Session, by event.Actor, why session.Reason) error {
	if err := a.startable(ctx, sc); err != nil {
		return err
	}
	if err := a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued, Reason: why, NewAttempt: true}, by); err != nil {
		return err
	}
	l, err := dbwork.On(sc).Limits(ctx)
	if err != nil {
		return err
	}
	return quota.CheckPlace(l)
}

// startable refuses a start once the team's month or its storage is used up; one that waits in the queue may stay there.
func (a *Verbs) startable(ctx context.Context, sc *dbkernel.Scope) error {
	b, err := a.models.ThisMonth(ctx, sc)
	if err != nil {
		return err
	}
	if b.UsedUp() {
		return b.Refuse("Not started", quota.Amount{})
	}
	return appmodels.CheckStorage(ctx, sc, "Not started")
}
