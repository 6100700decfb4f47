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

// RecordCall stores a finished model call, its messages once each by content, adds it to the session, the day and the month
// it began in, and gives back what it reserved beyond that. Recording the same call twice changes nothing.
func (a *Verbs) RecordCall(ctx context.Context, t tenant.ID, c usage.Call, messages [][]byte) error {
	keep, err := a.k.Keep(ctx)
	if err != nil {
		return err
	}
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
	c.Response = []byte(appkernel.RemoveSecrets(string(c.Response)))
	c.Error = appkernel.RemoveSecrets(c.Error)
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		sc.AfterCommit(func() {
			a.k.Hub.RingBell(hub.Session(t, session.ID(c.Session)))
			a.k.Hub.RingBell(hub.Team(t))
		})
		held, reserved, err := dbmodels.On(sc).Reserved(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := dbwork.On(sc).AddCall(ctx, c, bodies); err != nil {
			return err
		}
		if reserved {
			if err := a.overdrawn(ctx, sc, held, c); err != nil {
				return err
			}
		}
		return a.noticeBudget(ctx, sc, c.Started)
	})
}

// Calls reads a page of a session's model calls, newest first. Only the session's creator and leads may.
func (a *Verbs) Calls(ctx context.Context, by tenant.Actor, id session.ID, before string, limit int) (cs []usage.Call, more bool, err error) {
	err = a.inside(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		if err := by.MayOn(tenant.ReadModelCalls, s.CreatedBy); err != nil {
			return err
		}
		cs, more, err = dbwork.On(sc).Calls(ctx, id, before, min(max(limit, 1), appkernel.MaxPage))
		return err
	})
	return cs, more, err
}

// Call reads one model call with the bodies of its request by address.
func (a *Verbs) Call(ctx context.Context, by tenant.Actor, sid session.ID, callID string) (c usage.Call, bodies map[string]string, err error) {
	if err := appkernel.CheckID("model call", callID); err != nil {
		return c, nil, err
	}
	err = a.inside(ctx, by, sid, func(sc *dbkernel.Scope, s session.Session) error {
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
