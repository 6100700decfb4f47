package work

import (
	"context"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Asks returns every approval and question of a session, oldest first.
func (a *Verbs) Asks(ctx context.Context, by tenant.Actor, id session.ID) (as []session.Ask, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error {
		as, err = dbwork.On(sc).SessionAsks(ctx, id)
		return err
	})
	return as, err
}

// NeedsYou returns what waits for a person in the team, oldest first: open asks, and sessions that were paused because they repeated
// themselves.
func (a *Verbs) NeedsYou(ctx context.Context, by tenant.Actor) (as []session.OpenAsk, err error) {
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(s *dbkernel.Scope) error { as, err = readNeeds(ctx, s, appkernel.MaxPage); return err })
	return as, err
}

func readNeeds(ctx context.Context, sc *dbkernel.Scope, limit int) ([]session.OpenAsk, error) {
	needs, err := dbwork.On(sc).OpenAsks(ctx, limit)
	if err != nil {
		return nil, err
	}
	loops, err := dbwork.On(sc).LoopedSessions(ctx, limit)
	if err != nil {
		return nil, err
	}
	for _, s := range loops {
		needs = append(needs, session.OpenAsk{Session: s, Ask: session.Ask{ID: "loop-" + string(s.ID), Kind: session.LoopStop, AskedAt: s.StatusAt}})
	}
	slices.SortStableFunc(needs, func(x, y session.OpenAsk) int { return x.Ask.AskedAt.Compare(y.Ask.AskedAt) })
	return needs[:min(len(needs), limit)], nil
}

// Answer is a person's answer to an ask: once, always or reject for an approval; answered or reject for a question.
type Answer struct {
	Reply   session.Reply
	Message string
	// Answers are the selected labels of each question: [["label", …], …].
	Answers json.RawMessage
}

// AnswerAsk answers an open ask of a session once; a second answer is a Conflict. "Always" applies to this session only.
func (a *Verbs) AnswerAsk(ctx context.Context, by tenant.Actor, sid session.ID, askID string, ans Answer) error {
	if err := appkernel.CheckID("session", string(sid)); err != nil {
		return err
	}
	if err := appkernel.CheckID("permission", askID); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.AnswerPermission, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, sid)
		if err != nil {
			return err
		}
		ask, owner, err := dbwork.On(sc).Ask(ctx, askID)
		if err != nil {
			return err
		}
		if owner != sid {
			return fault.Missing("permission")
		}
		if err := by.MayOn(tenant.AnswerPermission, s.CreatedBy); err != nil {
			return err
		}
		if err := ans.check(ask); err != nil {
			return err
		}
		return a.storeAnswer(ctx, sc, by, s, ask, ans)
	})
}

func (ans Answer) check(ask session.Ask) error {
	if utf8.RuneCountInString(ans.Message) > 10_000 {
		return fault.Field("message", "Use at most 10,000 characters in a message that you send with an answer.")
	}
	switch {
	case ask.Kind == session.Approval && (ans.Reply == session.Once || ans.Reply == session.Always || ans.Reply == session.Reject):
		return nil
	case ask.Kind == session.Question && ans.Reply == session.Reject:
		return nil
	case ask.Kind == session.Question && ans.Reply == session.Answered:
		var labels [][]string
		if json.Unmarshal(ans.Answers, &labels) != nil || len(labels) == 0 {
			return fault.Field("answers", `Send a list of selected labels for each question, such as [["SQLite"]].`)
		}
		return nil
	case ask.Kind == session.Question:
		return fault.Field("reply", "The reply to a question must be one of: answered, reject (you sent %q).", ans.Reply)
	}
	return fault.Field("reply", "The reply to an approval must be one of: once, always, reject (you sent %q).", ans.Reply)
}

func (a *Verbs) storeAnswer(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session, ask session.Ask, ans Answer) error {
	now := a.k.Clock.Now()
	ans.Message = text.Clean(ans.Message)
	if err := dbwork.On(sc).ReplyAsk(ctx, ask.ID, dbwork.Reply{Reply: ans.Reply, Message: ans.Message, Answers: ans.Answers, By: by.User, At: now}); err != nil {
		return err
	}
	if ans.Reply == session.Always {
		if err := a.addGrants(ctx, sc, by, s, ask, now); err != nil {
			return err
		}
	}
	if _, err := dbwork.On(sc).AppendEvents(ctx, s.ID, s.Attempt, []event.Event{replyEvent(appkernel.Person(by), ask, ans.Reply, ans.Message)}); err != nil {
		return err
	}
	if err := a.updateWaiting(ctx, sc, s); err != nil {
		return err
	}
	sc.AfterCommit(func() {
		a.breakers.forget(sessionKey{by.Tenant, s.ID})
		a.ringSession(by.Tenant, s.ID)
	})
	return a.k.Audit(ctx, sc, by, "answer_permission", string(s.ID), string(ans.Reply))
}

// updateWaiting updates what the session waits for from its open asks, and resumes one that was paused because of them.
func (a *Verbs) updateWaiting(ctx context.Context, sc *dbkernel.Scope, s session.Session) error {
	n, kind, err := dbwork.On(sc).OpenAskCount(ctx, s.ID)
	if err != nil {
		return err
	}
	if s.Status.Active() {
		return dbwork.On(sc).SetWaitingFor(ctx, s.ID, kind, a.k.Clock.Now())
	}
	if n == 0 && s.Status == session.Paused && s.Reason.Code == session.PermissionTimeout {
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Queued}, appkernel.System)
	}
	return nil
}

func replyEvent(by event.Actor, ask session.Ask, r session.Reply, message string) event.Event {
	t := event.AgentPermission
	if ask.Kind == session.Question {
		t = event.AgentQuestion
	}
	return event.New(t, by, event.Ask{AskID: ask.ID, SourceID: ask.SourceID, Status: "replied", Permission: ask.Permission, Patterns: ask.Patterns,
		Questions: ask.Questions, Reply: string(r), Message: message})
}

// addGrants stores "always" for this session. OpenCode's own grants would apply to every session in the directory.
func (a *Verbs) addGrants(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, s session.Session, ask session.Ask, now time.Time) error {
	patterns := ask.Always
	if len(patterns) == 0 {
		patterns = ask.Patterns
	}
	for _, p := range patterns {
		if err := dbwork.On(sc).AddGrant(ctx, dbwork.Grant{ID: id.New(), Session: s.ID, Permission: ask.Permission, Pattern: p, By: by.User, At: now}); err != nil {
			return err
		}
	}
	return nil
}

// isGranted reports whether grants cover every pattern of an ask.
func isGranted(grants []dbwork.Grant, ask session.Ask) bool {
	for _, p := range ask.Patterns {
		covered := false
		for _, g := range grants {
			covered = covered || g.Permission == ask.Permission && matchesPattern(g.Pattern, p)
		}
		if !covered {
			return false
		}
	}
	return len(ask.Patterns) > 0
}

// matchesPattern applies OpenCode's wildcards: "git status *" matches "git status" with any arguments or none.
func matchesPattern(pattern, s string) bool {
	if head, ok := strings.CutSuffix(pattern, " *"); ok && !strings.ContainsAny(head, "*?[\\") {
		return s == head || strings.HasPrefix(s, head+" ")
	}
	if pattern == "*" {
		return true
	}
	ok, err := path.Match(pattern, s)
	return pattern == s || err == nil && ok
}
