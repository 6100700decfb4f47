package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Events returns a session's events after a number, ascending. Streams call it at every ring, so it does not read the session's row.
func (a *Verbs) Events(ctx context.Context, by tenant.Actor, id session.ID, after int64, limit int) (es []event.Event, err error) {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return nil, err
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error {
		if es, err = dbwork.On(sc).Events(ctx, id, after, limit); err != nil || len(es) > 0 {
			return err
		}
		_, err := dbwork.On(sc).LastSeq(ctx, id)
		return err
	})
	return es, err
}

// EventsBefore returns the last events before a number, ascending; 0 means the newest.
func (a *Verbs) EventsBefore(ctx context.Context, by tenant.Actor, id session.ID, before int64, limit int) (es []event.Event, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		es, err = dbwork.On(sc).EventsBefore(ctx, id, before, limit)
		return err
	})
	return es, err
}

// timelineStates is the largest number of moves in a timeline.
const timelineStates = 500

// Timeline returns the newest 500 moves of a session, ascending, and the agent's current plan.
func (a *Verbs) Timeline(ctx context.Context, by tenant.Actor, id session.ID) (states []event.Event, todo []event.TodoItem, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		if states, err = dbwork.On(sc).EventsOfType(ctx, id, event.SessionState, timelineStates); err != nil {
			return err
		}
		plans, err := dbwork.On(sc).EventsOfType(ctx, id, event.AgentTodo, 1)
		if err != nil {
			return err
		}
		for _, p := range plans {
			todo = event.Decode[event.Todo](p).Items
		}
		return nil
	})
	return states, todo, err
}

// Parts returns the texts that the agent is still writing.
func (a *Verbs) Parts(ctx context.Context, by tenant.Actor, id session.ID) (ps []session.Part, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { ps, err = dbwork.On(sc).Parts(ctx, id); return err })
	return ps, err
}

// SendLive sends a growing text to the people who have the session open; it stores nothing.
func (a *Verbs) SendLive(l Lease, p session.Part) {
	a.k.Hub.Live(hub.Session(l.Tenant, l.Session), hub.Frame{PartID: p.ID, Kind: p.Kind, Text: appkernel.RemoveOwnSecrets(p.Text)})
}

// Frame has the data of the sidebar and the header, which every page of a team shows.
type Frame struct {
	Counts map[session.Status]int64
	// Asks counts what waits for a person in the team: approvals, questions and stopped loops; NeedsYou are those that the reader may answer.
	Asks, NeedsYou int64
	Budget         quota.Budget
	Teams          []tenant.Membership
	// Entrances are the admins who have entered the team.
	Entrances []tenant.Entrance
}

// Frame returns the data of the sidebar and the header.
func (a *Verbs) Frame(ctx context.Context, by tenant.Actor) (f Frame, err error) {
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(sc *dbkernel.Scope) error {
		if f.Counts, err = dbwork.On(sc).Counts(ctx); err != nil {
			return err
		}
		if err = countAsks(ctx, sc, by, &f); err != nil {
			return err
		}
		if f.Entrances, err = dbpeople.On(sc).Entrances(ctx, a.k.Clock.Now()); err != nil {
			return err
		}
		f.Budget, err = a.models.ThisMonth(ctx, sc)
		return err
	})
	if err != nil {
		return f, err
	}
	if f.Teams, err = a.people.Teams(ctx, by.User); err != nil {
		return f, err
	}
	f.Teams, err = a.people.WithEntered(ctx, by, f.Teams)
	return f, err
}

// countAsks counts what waits for a person: a lead may answer each, a member those of the member's own sessions.
func countAsks(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, f *Frame) error {
	all, own, err := dbwork.On(sc).CountWaitingAsks(ctx, by.User)
	f.Asks = all
	switch {
	case by.CanOn(tenant.AnswerPermission, ""):
		f.NeedsYou = all
	case by.CanOn(tenant.AnswerPermission, by.User):
		f.NeedsYou = own
	}
	return err
}

// Orders returns the bell of the loop that drives a session. A person's move, message or answer rings it.
func Orders(t tenant.ID, s session.ID) hub.Key {
	return hub.Orders(t, s)
}

// ringSession rings the bells of everything that shows or drives a session. Call it after the commit.
func (a *Verbs) ringSession(t tenant.ID, s session.ID) {
	a.k.Hub.RingBell(hub.Session(t, s))
	a.k.Hub.RingBell(hub.Team(t))
	a.k.Hub.RingBell(Orders(t, s))
}

// RingSession rings the bells of a session whose row changed in a system transaction, such as a claim.
func (a *Verbs) RingSession(t tenant.ID, s session.ID) { a.ringSession(t, s) }
