package work

import (
	"context"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// raiseAlarms records asks that were answered at the agent without this server, in the session and in the audit log.
func (a *Verbs) raiseAlarms(ctx context.Context, sc *dbkernel.Scope, s session.Session, vanished []session.Vanished) error {
	if len(vanished) == 0 {
		return nil
	}
	asks, err := dbwork.On(sc).SessionAsks(ctx, s.ID)
	if err != nil {
		return err
	}
	for _, v := range vanished {
		i := slices.IndexFunc(asks, func(k session.Ask) bool { return k.SourceID == v.SourceID })
		if i < 0 || !isAlarming(asks[i], v) {
			continue
		}
		if err := a.raiseAlarm(ctx, sc, s, asks[i], v); err != nil {
			return err
		}
	}
	return nil
}

// isAlarming reports whether the answer that the agent received differs from the one stored here. An ask that is gone was reported
// before.
func isAlarming(k session.Ask, v session.Vanished) bool {
	if k.Reply == "" {
		return !k.Gone
	}
	return k.Reply == session.Reject && (v.Reply == session.Once || v.Reply == session.Always)
}

func (a *Verbs) raiseAlarm(ctx context.Context, sc *dbkernel.Scope, s session.Session, k session.Ask, v session.Vanished) error {
	e := event.New(event.SessionAlarm, appkernel.System, alarmOf(k, v))
	e.SourceKey = "alarm:" + k.SourceID
	stored, err := dbwork.On(sc).AppendEvents(ctx, s.ID, s.Attempt, []event.Event{e})
	if err != nil || len(stored) == 0 {
		return err
	}
	a.k.Log.Warn("an approval or question was answered outside this server", "tenant", string(s.Tenant), "session", string(s.ID), "ask", k.ID, "reply", string(v.Reply))
	sc.AfterCommit(func() { a.ringSession(s.Tenant, s.ID) })
	return a.k.Audit(ctx, sc, appkernel.SystemActor(s.Tenant), "raise_alarm", string(s.ID), text.Cut(k.Permission+": "+k.Subject(), 500))
}

func alarmOf(k session.Ask, v session.Vanished) event.Alarm {
	al := event.Alarm{Code: "approval_vanished", AskID: k.ID, Permission: k.Permission, Patterns: k.Patterns, Reply: string(v.Reply),
		Message: "The agent received an answer to this approval, but not from this server. Check what the agent did, and end the session if you did not expect it."}
	if k.Kind == session.Question {
		al.Code = "question_vanished"
		al.Message = "The agent received an answer to its question, but not from this server. Check what the agent did, and end the session if you did not expect it."
	}
	return al
}
