package work

import (
	"cmp"
	"context"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
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
