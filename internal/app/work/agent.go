package work

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// chooseAgent sets the agent of a new session: the one that it names, the best for its need, or the team's default. ownAgent reports
// whether it names an agent of OpenCode's own instead. A model that the session names wins over the agent's.
func (a *Verbs) chooseAgent(ctx context.Context, sc *dbkernel.Scope, s *session.Session, ownAgent bool) error {
	switch {
	case s.AgentID != "" && ownAgent:
		return fault.Field("opencode_agent", "Name an agent of the team or one of OpenCode's own, not both.")
	case s.AgentID != "" && s.Need != nil, s.Need != nil && ownAgent:
		return fault.Field("route", "A session that names its agent cannot be routed. Leave one of them out.")
	case s.Need != nil:
		return a.routeSession(ctx, sc, s)
	case s.AgentID != "":
		v, err := dbagents.On(sc).Agent(ctx, s.AgentID)
		if fault.Is(err, fault.NotFound) {
			return fault.Field("agent_id", "This team has no such agent.")
		}
		if err == nil && v.Status == agent.Inactive {
			return fault.Field("agent_id", "%s is inactive. A lead can activate it.", v.Name)
		}
		setAgent(s, v)
		return err
	case ownAgent:
		return nil
	}
	v, ok, err := dbagents.On(sc).DefaultAgent(ctx)
	if ok && v.Status == agent.Active {
		setAgent(s, v)
	}
	return err
}

func setAgent(s *session.Session, v agent.Agent) {
	s.AgentID, s.AgentVersion, s.Model = v.ID, v.Current.Number.String(), cmp.Or(s.Model, v.Current.Spec.Model)
}

// routeSession chooses the agent while nobody else of the team takes a place, so that the one that it finds free still is when the
// session takes it.
func (a *Verbs) routeSession(ctx context.Context, sc *dbkernel.Scope, s *session.Session) error {
	if err := dbwork.On(sc).LockQueue(ctx); err != nil {
		return err
	}
	need := *s.Need
	need.Model = s.Model
	r, err := a.agents.Route(ctx, sc, need)
	if err != nil {
		return err
	}
	best, ok := r.Chosen()
	if !ok {
		return fault.New(fault.Conflict, "Not created: no agent can do this. %s", r.Reason)
	}
	v, err := dbagents.On(sc).Agent(ctx, best.ID)
	if err != nil {
		return err
	}
	s.Routing = &r
	setAgent(s, v)
	return nil
}

// specOf reads the version of the session's agent; nil without one. It does not change while the session exists.
func specOf(ctx context.Context, sc *dbkernel.Scope, s session.Session) (*agent.Spec, error) {
	n, ok := agent.ParseNumber(s.AgentVersion)
	if s.AgentID == "" || !ok {
		return nil, nil
	}
	v, err := dbagents.On(sc).Version(ctx, s.AgentID, n)
	return &v.Spec, err
}

// place returns the place that a move gave up, or takes the one that it needs. A session whose agent has none free waits in the queue.
func (a *Verbs) place(ctx context.Context, sc *dbkernel.Scope, id session.ID, p dbwork.Placing) error {
	if p.Returns {
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Queue) }) // somebody may wait for it
		return dbagents.On(sc).ReturnPlace(ctx, p.Agent)
	}
	if !p.Wants {
		return nil
	}
	ok, err := dbagents.On(sc).TakePlace(ctx, p.Agent, a.k.Clock.Now())
	if err != nil || !ok {
		return err
	}
	return dbwork.On(sc).GivePlace(ctx, id)
}

// placeBatch limits how many sessions one pass gives a place.
const placeBatch = 100

// FillPlaces gives places that became free to the sessions that wait for them, first those that wait longest.
func (a *Verbs) FillPlaces(ctx context.Context) error {
	var waiting []dbkernel.SessionRef
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		waiting, err = dbwork.Across(s).Placeless(ctx, a.k.Clock.Now(), placeBatch)
		return err
	})
	for _, w := range waiting {
		if err := a.fillPlace(ctx, w); err != nil {
			return err
		}
	}
	return err
}

func (a *Verbs) fillPlace(ctx context.Context, w dbkernel.SessionRef) error {
	return a.k.DB.Update(ctx, w.Tenant, func(sc *dbkernel.Scope) error {
		agent, ok, err := dbwork.On(sc).LockPlaceless(ctx, w.ID)
		if err != nil || !ok {
			return err
		}
		if err := dbwork.On(sc).LockQueue(ctx); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(w.Tenant, w.ID) })
		return a.place(ctx, sc, w.ID, dbwork.Placing{Agent: agent, Wants: true})
	})
}

// GiveFeedback stores what a person thinks of a session's work, in place of what they said before: −1, 0 or 1, and a note. It counts for the
// figures of the session's agent.
func (a *Verbs) GiveFeedback(ctx context.Context, by tenant.Actor, id session.ID, value int64, note string) error {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return err
	}
	note = strings.TrimSpace(text.Clean(note))
	var f fault.Fields
	if value < -1 || value > 1 {
		f.Add("value", "Use -1, 0 or 1 (you entered %d).", value)
	}
	if n := utf8.RuneCountInString(note); n > session.MaxFeedback {
		f.Add("note", "Use at most %d characters for the note (you entered %d).", session.MaxFeedback, n)
	}
	return a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		if err := f.Err(); err != nil {
			return err
		}
		if !s.Status.Finished() {
			return fault.New(fault.Conflict, "A session that is %s has no result yet. Wait for its end.", s.Status.Word())
		}
		v := session.Feedback{By: by.User, ByName: by.Name, Value: value, Note: note, At: a.k.Clock.Now()}
		if err := dbwork.On(sc).SetFeedback(ctx, id, v); err != nil {
			return err
		}
		if err := a.judge(ctx, sc, id, s.Attempt); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.ringSession(by.Tenant, id) })
		return a.k.Audit(ctx, sc, by, "give_feedback", string(id), s.Title)
	})
}

// judge stores how an attempt ended in the figures of its agent, or that it says nothing about it. An attempt of a session without an agent
// or one that has been deleted is left alone.
func (a *Verbs) judge(ctx context.Context, sc *dbkernel.Scope, id session.ID, attempt int) error {
	s, err := dbwork.On(sc).Session(ctx, id)
	if err != nil || s.AgentID == "" {
		return appkernel.IgnoreMissing(err)
	}
	all, err := dbwork.On(sc).Outcomes(ctx, id)
	i := slices.IndexFunc(all, func(o session.Outcome) bool { return o.Attempt == attempt })
	if err != nil || i < 0 {
		return err
	}
	said, err := dbwork.On(sc).Feedback(ctx, id)
	if err != nil {
		return err
	}
	o := all[i]
	end, counts := session.Judge(o.Status, o.Reason, o, session.Thumb(said))
	r := dbagents.Result{Agent: s.AgentID, Session: string(id), Attempt: attempt, Version: s.AgentVersion, End: end, Ran: o.Ran, Tokens: o.Tokens, Cost: o.CostMicroUSD, At: o.EndedAt}
	if s.Routing != nil {
		r.Capabilities = s.Routing.Need.Capabilities
	}
	if !counts {
		return dbagents.On(sc).DropResult(ctx, r, a.k.Clock.Now())
	}
	return dbagents.On(sc).SetResult(ctx, r, a.k.Clock.Now())
}
