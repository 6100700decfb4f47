package work

import (
	"context"
	"slices"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func (a *Verbs) recordAsks(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) error {
	if len(b.Asks) == 0 && len(b.Gone)+len(b.Vanished) == 0 && b.Waiting == nil {
		return nil
	}
	s, err := dbwork.On(sc).Session(ctx, l.Session)
	if err != nil {
		return err
	}
	for _, ask := range b.Asks {
		if err := a.recordAsk(ctx, sc, s, ask); err != nil {
			return err
		}
	}
	if err := a.raiseAlarms(ctx, sc, s, b.Vanished); err != nil {
		return err
	}
	gone, err := goneAsks(ctx, sc, l, b)
	if err != nil {
		return err
	}
	if len(gone) > 0 {
		if _, err := dbwork.On(sc).CloseAsks(ctx, l.Session, gone, a.k.Clock.Now()); err != nil {
			return err
		}
	}
	return a.updateWaiting(ctx, sc, s)
}

// goneAsks returns the asks that no longer wait: those that the runner names and, if it lists the waiting ones, all others.
func goneAsks(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) ([]string, error) {
	if b.Waiting == nil {
		return b.Gone, nil
	}
	asks, err := dbwork.On(sc).SessionAsks(ctx, l.Session)
	if err != nil {
		return nil, err
	}
	gone := slices.Clone(b.Gone)
	for _, k := range asks {
		isNew := slices.ContainsFunc(b.Asks, func(x session.Ask) bool { return x.SourceID == k.SourceID })
		if k.Reply == "" && !k.Gone && !isNew && !slices.Contains(b.Waiting, k.SourceID) {
			gone = append(gone, k.SourceID)
		}
	}
	return gone, nil
}

// recordAsk stores an ask once, and answers it if a grant covers it or a person answered it while the agent was away.
func (a *Verbs) recordAsk(ctx context.Context, sc *dbkernel.Scope, s session.Session, ask session.Ask) error {
	ask.ID, ask.Attempt = id.New(), s.Attempt
	if ask.AskedAt.IsZero() {
		ask.AskedAt = a.k.Clock.Now()
	}
	added, err := dbwork.On(sc).AddAsk(ctx, s.ID, ask)
	if err != nil || !added {
		return err
	}
	t := event.AgentPermission
	if ask.Kind == session.Question {
		t = event.AgentQuestion
	}
	e := event.New(t, event.Actor{Kind: "agent"}, event.Ask{AskID: ask.ID, SourceID: ask.SourceID, Status: "asked", Permission: ask.Permission, CallID: ask.CallID,
		Patterns: ask.Patterns, Always: ask.Always, Metadata: ask.Metadata, Questions: ask.Questions})
	e.SourceKey = "ask:" + ask.SourceID
	if _, err := dbwork.On(sc).AppendEvents(ctx, s.ID, s.Attempt, []event.Event{e}); err != nil {
		return err
	}
	return a.answerBySystem(ctx, sc, s, ask)
}

func (a *Verbs) answerBySystem(ctx context.Context, sc *dbkernel.Scope, s session.Session, ask session.Ask) error {
	r, words, err := a.earlierReply(ctx, sc, s, ask)
	if err != nil || r.Reply == "" {
		return err
	}
	if err := dbwork.On(sc).ReplyAsk(ctx, ask.ID, r); err != nil {
		return err
	}
	_, err = dbwork.On(sc).AppendEvents(ctx, s.ID, s.Attempt, []event.Event{replyEvent(appkernel.System, ask, r.Reply, words)})
	if err != nil {
		return err
	}
	sc.AfterCommit(func() { a.k.Hub.RingBell(Orders(s.Tenant, s.ID)) })
	return nil
}

// earlierReply returns the answer that an ask already has: by a grant, or a reply to the same ask of an interrupted turn.
func (a *Verbs) earlierReply(ctx context.Context, sc *dbkernel.Scope, s session.Session, ask session.Ask) (r dbwork.Reply, words string, err error) {
	now := a.k.Clock.Now()
	grants, err := dbwork.On(sc).Grants(ctx, s.ID, s.RepositoryID, now)
	if err != nil {
		return r, "", err
	}
	if ask.Kind == session.Approval && isGranted(grants, ask) {
		return dbwork.Reply{Reply: session.Once, At: now}, "Allowed earlier for this session.", nil
	}
	pending, err := dbwork.On(sc).PendingReplies(ctx, s.ID)
	if err != nil {
		return r, "", err
	}
	for _, p := range pending {
		if p.Ask.ID != ask.ID && isSameAsk(p.Ask, ask) {
			r = dbwork.Reply{Reply: p.Ask.Reply, Message: p.Ask.Message, Answers: p.Answers, By: p.Ask.RepliedBy, At: now}
			return r, "Answered while the agent was away.", dbwork.On(sc).MarkDelivered(ctx, p.Ask.ID, now)
		}
	}
	return r, "", nil
}

func isSameAsk(x, y session.Ask) bool {
	return x.Kind == y.Kind && x.Permission == y.Permission && strings.Join(x.Patterns, "\x00") == strings.Join(y.Patterns, "\x00") &&
		string(x.Questions) == string(y.Questions)
}
