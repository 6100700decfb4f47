package work

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// inside runs fn in a reading scope after the session was found in it: everything about a foreign session is missing.
func (a *Verbs) inside(ctx context.Context, by tenant.Actor, id session.ID, fn func(*dbkernel.Scope, session.Session) error) error {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return err
	}
	return a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		return fn(sc, s)
	})
}

// Session reads one session of the team.
func (a *Verbs) Session(ctx context.Context, by tenant.Actor, id session.ID) (s session.Session, err error) {
	err = a.inside(ctx, by, id, func(_ *dbkernel.Scope, found session.Session) error { s = found; return nil })
	return s, err
}

// Sessions reads one page of the team's sessions, newest first.
func (a *Verbs) Sessions(ctx context.Context, by tenant.Actor, f session.Filter) (p session.Page, err error) {
	if err := checkFilter(f); err != nil {
		return p, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, appkernel.MaxPage)
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { p.Items, p.More, err = dbwork.On(s).Sessions(ctx, f); return err })
	return p, err
}

// CountSessions counts the sessions that Sessions would list on its largest page, and says whether there are more. It reads no
// session's row, so a list that is open may ask at every turn.
func (a *Verbs) CountSessions(ctx context.Context, by tenant.Actor, f session.Filter) (n int, more bool, err error) {
	if err := checkFilter(f); err != nil {
		return 0, false, err
	}
	f.Limit = appkernel.MaxPage
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { n, more, err = dbwork.On(s).CountSessions(ctx, f); return err })
	return n, more, err
}

func checkFilter(f session.Filter) error {
	for _, st := range f.Statuses {
		if !st.Valid() {
			return fault.Field("status", "A status is one of the twelve, such as running; %q is not.", st)
		}
	}
	if err := checkCursor(f.Before); err != nil {
		return err
	}
	return checkCursor(f.After)
}

func checkCursor(c session.ID) error {
	if c != "" && appkernel.CheckID("session", string(c)) != nil {
		return fault.Field("cursor", "This cursor was not made by this list; begin without one.")
	}
	return nil
}

// Counts are the team's sessions per status, from the counters.
func (a *Verbs) Counts(ctx context.Context, by tenant.Actor) (c map[session.Status]int64, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { c, err = dbwork.On(s).Counts(ctx); return err })
	return c, err
}

// SessionQueue says why a queued session waits and at which place; zero for others.
func (a *Verbs) SessionQueue(ctx context.Context, by tenant.Actor, s session.Session) (q session.Queue, err error) {
	if s.Status != session.Queued {
		return q, nil
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error { q, err = a.queue(ctx, sc, by, s); return err })
	return q, err
}

// SessionQueues is SessionQueue for many at once, by their ids; only queued ones are in it.
func (a *Verbs) SessionQueues(ctx context.Context, by tenant.Actor, ss []session.Session) (qs map[session.ID]session.Queue, err error) {
	if !slices.ContainsFunc(ss, queued) {
		return nil, nil
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error { qs, err = a.queues(ctx, sc, by, ss); return err })
	return qs, err
}

func queued(s session.Session) bool { return s.Status == session.Queued }

func (a *Verbs) queues(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, ss []session.Session) (map[session.ID]session.Queue, error) {
	h, err := a.hindrances(ctx, sc)
	if err != nil {
		return nil, err
	}
	places, err := dbwork.On(sc).QueuePlaces(ctx)
	if err != nil {
		return nil, err
	}
	qs := map[session.ID]session.Queue{}
	for _, s := range ss {
		if queued(s) {
			qs[s.ID] = a.waits(by, h, places[s.ID])
		}
	}
	return qs, nil
}

func (a *Verbs) queue(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session) (session.Queue, error) {
	h, err := a.hindrances(ctx, sc)
	if err != nil {
		return session.Queue{}, err
	}
	place, err := dbwork.On(sc).QueuePlace(ctx, s.ID)
	if err != nil {
		return session.Queue{}, err
	}
	return a.waits(by, h, place), nil
}

// hindrances are what may keep a team's sessions in the queue.
type hindrances struct {
	limits tenant.Limits
	budget quota.Budget
	kept   quota.Storage
}

func (a *Verbs) hindrances(ctx context.Context, sc *dbkernel.Scope) (h hindrances, err error) {
	if h.limits, err = dbwork.On(sc).Limits(ctx); err != nil {
		return h, err
	}
	if h.budget, err = a.models.ThisMonth(ctx, sc); err != nil {
		return h, err
	}
	h.kept, err = dbmodels.On(sc).Storage(ctx)
	return h, err
}

// waits says why a session at a place in its team's queue is not running.
func (a *Verbs) waits(by tenant.Actor, h hindrances, place int64) session.Queue {
	l, b, kept := h.limits, h.budget, h.kept
	q := session.Queue{Position: place}
	switch {
	case !by.TenantActive:
		q.Reason = fmt.Sprintf("Place %d: this team is deactivated; an admin can reactivate it.", place)
	case b.Full():
		q.Reason = fmt.Sprintf("Place %d: waits for budget: %s", place, b.Words())
	case kept.Full():
		q.Reason = fmt.Sprintf("Place %d: waits for storage: %s", place, kept.Words())
	case l.MaxConcurrent == 0:
		q.Reason = fmt.Sprintf("Place %d: this team may run no session; an admin can change that.", place)
	case l.Running >= l.MaxConcurrent:
		q.Reason = fmt.Sprintf("Place %d: waits for a slot, %d of %d in use.", place, l.Running, l.MaxConcurrent)
	default:
		q.Reason = fmt.Sprintf("Place %d: %s", place, cmp.Or(a.HostFull(), "starts in a moment."))
	}
	return q
}

// HostFull says in a clause why this host takes no more sessions now; empty when it does. Each answer may differ from the last.
func (a *Verbs) HostFull() string {
	if a.k.Opts.HostFull == nil {
		return ""
	}
	return a.k.Opts.HostFull()
}

// Events reads the session's log after a number, ascending. Streams ask at every ring, so it does not read the session's whole row.
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

// EventsBefore reads the entries just before a number, ascending; 0 means the newest.
func (a *Verbs) EventsBefore(ctx context.Context, by tenant.Actor, id session.ID, before int64, limit int) (es []event.Event, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		es, err = dbwork.On(sc).EventsBefore(ctx, id, before, limit)
		return err
	})
	return es, err
}

// Parts reads the texts that still grow.
func (a *Verbs) Parts(ctx context.Context, by tenant.Actor, id session.ID) (ps []session.Part, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { ps, err = dbwork.On(sc).Parts(ctx, id); return err })
	return ps, err
}

// Asks reads every permission and question of a session, oldest first.
func (a *Verbs) Asks(ctx context.Context, by tenant.Actor, id session.ID) (as []session.Ask, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		as, err = dbwork.On(sc).SessionAsks(ctx, id)
		return err
	})
	return as, err
}

// Messages reads what people told the agent, oldest first.
func (a *Verbs) Messages(ctx context.Context, by tenant.Actor, id session.ID) (ms []session.Message, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		ms, err = dbwork.On(sc).Messages(ctx, id)
		return err
	})
	return ms, err
}

// Files reads the session's diff against its base commit, a file each.
func (a *Verbs) Files(ctx context.Context, by tenant.Actor, id session.ID) (fs []session.FileChange, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { fs, err = dbwork.On(sc).Files(ctx, id); return err })
	return fs, err
}

// Patch reads the session's diff as one text; empty when none was taken yet.
func (a *Verbs) Patch(ctx context.Context, by tenant.Actor, id session.ID) (p session.Patch, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		p.Text, p.Truncated, p.TakenAt, err = dbwork.On(sc).Patch(ctx, id)
		return err
	})
	return p, err
}

// Checks reads the verdicts of the check commands.
func (a *Verbs) Checks(ctx context.Context, by tenant.Actor, id session.ID) (cs []repository.CheckResult, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { cs, err = dbwork.On(sc).Checks(ctx, id); return err })
	return cs, err
}

// Glass is everything the session page shows, read in one transaction.
type Glass struct {
	Session  session.Session
	Events   []event.Event // the newest, ascending
	Parts    []session.Part
	Asks     []session.Ask
	Messages []session.Message
	Todo     []event.TodoItem
	States   []event.Event // every session.state among Events
	Queue    session.Queue
	LastSeq  int64
	// AnswerWithin is how long an ask waits before its session is paused; zero when that is not known.
	AnswerWithin time.Duration
}

// Glass reads a session with its newest limit events.
func (a *Verbs) Glass(ctx context.Context, by tenant.Actor, id session.ID, limit int) (g Glass, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		g.Session, g.LastSeq, g.AnswerWithin = s, s.LastSeq, a.opts.AnswerWithin
		return a.fill(ctx, sc, by, &g, limit)
	})
	return g, err
}

func (a *Verbs) fill(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, g *Glass, limit int) (err error) {
	id := g.Session.ID
	if g.Events, err = dbwork.On(sc).EventsBefore(ctx, id, 0, limit); err != nil {
		return err
	}
	if g.Parts, err = dbwork.On(sc).Parts(ctx, id); err != nil {
		return err
	}
	if g.Asks, err = dbwork.On(sc).SessionAsks(ctx, id); err != nil {
		return err
	}
	if g.Messages, err = dbwork.On(sc).Messages(ctx, id); err != nil {
		return err
	}
	if g.Session.Status == session.Queued {
		if g.Queue, err = a.queue(ctx, sc, by, g.Session); err != nil {
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

// NeedsYou lists the open asks of the team, oldest first.
func (a *Verbs) NeedsYou(ctx context.Context, by tenant.Actor) (as []session.OpenAsk, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { as, err = dbwork.On(s).OpenAsks(ctx, appkernel.MaxPage); return err })
	return as, err
}

// Changes reads the team's change log after a number: which sessions' rows are new.
func (a *Verbs) Changes(ctx context.Context, by tenant.Actor, after int64, limit int) (cs []session.Change, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { cs, err = dbwork.On(s).Changes(ctx, after, limit); return err })
	return cs, err
}

// LastChange is the number of the team's newest change.
func (a *Verbs) LastChange(ctx context.Context, by tenant.Actor) (n int64, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { n, err = dbwork.On(s).LastChange(ctx); return err })
	return n, err
}
