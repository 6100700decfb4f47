package work

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

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
