package work

import (
	"context"
	"encoding/hex"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// RecordCall stores a finished model call and each of its messages once, adds its usage to the session, the day and the month in which
// it started, and releases the rest of its reservation. Recording a call twice changes nothing.
func (a *Verbs) RecordCall(ctx context.Context, t tenant.ID, c usage.Call, messages [][]byte) error {
	keep, err := a.k.Keep(ctx)
	if err != nil {
		return err
	}
	c.Response = []byte(appkernel.RemoveSecrets(string(c.Response)))
	response := c.Response // for the breaker, whose evidence people read
	if keep.CallsOff() {
		messages, c.Response = nil, []byte("{}")
	}
	bodies := make(map[string]string, len(messages))
	for _, m := range messages {
		body := appkernel.RemoveSecrets(string(m))
		address := hex.EncodeToString(a.k.Keys.HMAC("model_blobs|"+string(t), []byte(body)))
		bodies[address] = body
		c.Request = append(c.Request, address)
	}
	c.Counts, c.Cost = c.Counts.Clean(), min(max(c.Cost, 0), quota.MaxLimit)
	c.Error = appkernel.RemoveSecrets(c.Error)
	err = a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		sc.AfterCommit(func() {
			a.k.Hub.RingBell(hub.Session(t, session.ID(c.Session)))
			a.k.Hub.RingBell(hub.Team(t))
		})
		held, reserved, err := dbmodels.On(sc).ReservationOf(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := dbwork.On(sc).AddCall(ctx, c, bodies); err != nil {
			return err
		}
		if reserved {
			if err := a.auditOverdraft(ctx, sc, held, c); err != nil {
				return err
			}
		}
		return a.notifyBudget(ctx, sc, c.Started)
	})
	if err == nil {
		a.watchCall(ctx, t, c, response)
	}
	return err
}

// Calls returns a page of a session's model calls, newest first. Only leads and the session's creator may read them.
func (a *Verbs) Calls(ctx context.Context, by tenant.Actor, id session.ID, before string, limit int) (cs []usage.Call, more bool, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		if err := by.MayOn(tenant.ReadModelCalls, s.CreatedBy); err != nil {
			return err
		}
		cs, more, err = dbwork.On(sc).Calls(ctx, id, before, min(max(limit, 1), appkernel.MaxPage))
		return err
	})
	return cs, more, err
}

// Call returns one model call with the messages of its request by hash.
func (a *Verbs) Call(ctx context.Context, by tenant.Actor, sid session.ID, callID string) (c usage.Call, bodies map[string]string, err error) {
	if err := appkernel.CheckID("model call", callID); err != nil {
		return c, nil, err
	}
	err = a.viewSession(ctx, by, sid, func(sc *dbkernel.Scope, s session.Session) error {
		if err := by.MayOn(tenant.ReadModelCalls, s.CreatedBy); err != nil {
			return err
		}
		if c, err = dbwork.On(sc).Call(ctx, callID); err != nil {
			return err
		}
		if c.Session != string(sid) {
			return fault.Missing("model call")
		}
		bodies, err = dbwork.On(sc).Blobs(ctx, c.Request)
		return err
	})
	return c, bodies, err
}

// CompareCosts compares the team's cost of this month, as the gateway charged it, with the reports of its agents and with the price table.
func (a *Verbs) CompareCosts(ctx context.Context, by tenant.Actor) (t usage.Truth, err error) {
	now := a.k.Clock.Now().UTC()
	from, to := now.Format("2006-01")+"-01", usage.Date(now)
	var own []usage.Version
	var days []usage.Day
	var agent usage.Agent
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(sc *dbkernel.Scope) error {
		if days, err = dbmodels.On(sc).UsageDays(ctx, from, to); err != nil {
			return err
		}
		if agent, err = dbwork.On(sc).AgentUsageDays(ctx, from, to); err != nil {
			return err
		}
		if t, err = dbwork.On(sc).UnverifiedUsage(ctx, from, to); err != nil {
			return err
		}
		own, err = dbmodels.On(sc).PriceVersions(ctx)
		return err
	})
	if err != nil {
		return t, err
	}
	operators, err := a.models.OperatorPrices(ctx)
	if err != nil {
		return t, err
	}
	doubts := t
	t = usage.Reckon(days, func(model, day string) (usage.Price, bool) {
		if p, ok := usage.PriceOn(operators, model, day); ok {
			return p, true
		}
		return usage.PriceOn(own, model, day)
	})
	t.Agent, t.Estimated, t.Doubtful, t.Guess = agent, doubts.Estimated, doubts.Doubtful, doubts.Guess
	return t, nil
}

// AgentUsage returns a session's usage as the agent reported it. It needs the right to read the session's model calls.
func (a *Verbs) AgentUsage(ctx context.Context, by tenant.Actor, id session.ID) (u usage.Agent, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		if err := by.MayOn(tenant.ReadModelCalls, s.CreatedBy); err != nil {
			return err
		}
		u, err = dbwork.On(sc).AgentUsage(ctx, id)
		return err
	})
	return u, err
}
