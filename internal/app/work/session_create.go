package work

import (
	"context"

	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"

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

// CreateSession creates a pending session of the actor, and queues it if start is true, in one transaction. The agent, the model, the
// repository and the parent must belong to the team.
func (a *Verbs) CreateSession(ctx context.Context, by tenant.Actor, s session.Session, start bool) (session.Session, error) {
	if err := by.May(tenant.WriteSessions); err != nil {
		return s, err
	}
	ownAgent := s.Agent != ""
	s = a.newDraft(by, s)
	err := a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		if err := appkernel.JoinFields(a.chooseAgent(ctx, sc, &s, ownAgent), s.Check()); err != nil {
			return err
		}
		if err := resolveReferences(ctx, sc, by, &s); err != nil {
			return err
		}
		if err := applyLimits(ctx, sc, by, &s); err != nil {
			return err
		}
		if err := a.insertSession(ctx, sc, by, s); err != nil {
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
		sc.AfterCommit(func() { a.ringSession(by.Tenant, s.ID); a.k.Hub.RingBell(appkernel.Queue) })
		return nil
	})
	return s, err
}

func (a *Verbs) newDraft(by tenant.Actor, s session.Session) session.Session {
	s = s.Clean()
	s.ID, s.Tenant, s.Status = session.ID(id.New()), by.Tenant, session.Pending
	s.CreatedBy, s.CreatedByName, s.CreatedAt = by.User, by.Name, a.k.Clock.Now()
	s.StatusAt = s.CreatedAt
	s.Branch = session.BranchName(s.ID, s.Title)
	return s
}

// resolveReferences checks that a new session's model, repository and parent exist in its team and that the parent can have it, and sets
// the default base ref.
func resolveReferences(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s *session.Session) error {
	name, model, _ := provider.SplitIdentifier(s.Model)
	p, err := dbmodels.On(sc).ProviderByName(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return fault.Field("model_identifier", "This team has no model provider %q.", name)
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
			return fault.Field("repository_id", "This team has no such repository.")
		}
		if err != nil {
			return err
		}
		if s.BaseRef == "" {
			s.BaseRef = r.DefaultBranch
		}
	}
	return checkParent(ctx, sc, by, s.ParentID)
}

// checkParent requires the right to change the parent, if there is one: the breaker counts what its children repeat, and pauses it with
// them.
func checkParent(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, id session.ID) error {
	if id == "" {
		return nil
	}
	parent, err := dbwork.On(sc).Session(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return fault.Field("parent_id", "This team has no such session.")
	}
	if err == nil && !by.CanOn(tenant.WriteSessions, parent.CreatedBy) {
		return fault.New(fault.Forbidden, "The parent belongs to another member. Only its owner or a lead can add a session to it.")
	}
	return err
}

func (a *Verbs) insertSession(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session) error {
	if err := a.insertWithPrompt(ctx, sc, by, s); err != nil {
		return err
	}
	return a.k.Audit(ctx, sc, by, "create_session", string(s.ID), s.Title)
}

// insertWithPrompt stores a session whose prompt is its first message, after the events before.
func (a *Verbs) insertWithPrompt(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session, before ...event.Event) error {
	if err := dbwork.On(sc).CreateSession(ctx, s); err != nil {
		return err
	}
	m := a.newMessage(by.User, s.Prompt)
	if err := dbwork.On(sc).AddMessage(ctx, s.ID, m); err != nil {
		return err
	}
	events := []event.Event{event.New(event.SessionCreated, appkernel.Person(by), event.Created{Title: s.Title})}
	events = append(append(events, before...), event.New(event.SessionNote, appkernel.Person(by), event.Note{MessageID: m.ID, Text: m.Text}))
	_, err := dbwork.On(sc).AppendEvents(ctx, s.ID, 0, events)
	return err
}

// enqueue starts an attempt: it moves a pending session to queued. It checks the queue's limit after the move, which locks the team's
// row, so that of two starts at the same time the second counts the first. It refuses if the budget or the storage is used up.
func (a *Verbs) enqueue(ctx context.Context, sc *dbkernel.Scope, s session.Session, by event.Actor, why session.Reason) error {
	if err := a.checkStart(ctx, sc); err != nil {
		return err
	}
	if err := a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued, Reason: why, NewAttempt: true}, by); err != nil {
		return err
	}
	l, err := dbpeople.On(sc).Limits(ctx)
	if err != nil {
		return err
	}
	return quota.CheckPlace(l)
}

// checkStart refuses a start if the team's budget or storage is used up. Sessions that are already queued remain.
func (a *Verbs) checkStart(ctx context.Context, sc *dbkernel.Scope) error {
	b, err := a.models.ThisMonth(ctx, sc)
	if err != nil {
		return err
	}
	if b.UsedUp() {
		return b.Refuse("Not started", quota.Amount{})
	}
	return appmodels.CheckStorage(ctx, sc, "Not started")
}
