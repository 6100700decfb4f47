package work

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Lease is the right to write for one attempt: Token is new with every claim, so a stale writer is refused.
type Lease struct {
	Tenant  tenant.ID
	Session session.ID
	Attempt int
	Token   string
}

// held runs fn in the lease's scope if the lease still holds; otherwise it returns a Conflict.
func (a *Verbs) held(ctx context.Context, l Lease, fn func(*dbkernel.Scope) error) error {
	return a.k.DB.Update(ctx, l.Tenant, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).HoldLease(ctx, l.Session, l.Attempt, l.Token, time.Time{}); err != nil {
			return err
		}
		return fn(sc)
	})
}

// Beat extends the lease until a time; Conflict if the lease no longer holds.
func (a *Verbs) Beat(ctx context.Context, l Lease, until time.Time) error {
	return a.k.DB.Update(ctx, l.Tenant, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).HoldLease(ctx, l.Session, l.Attempt, l.Token, until)
	})
}

// Release releases the lease; it is no error if it was released before.
func (a *Verbs) Release(ctx context.Context, l Lease) error {
	return a.k.DB.Update(ctx, l.Tenant, func(sc *dbkernel.Scope) error { return dbwork.On(sc).ReleaseLease(ctx, l.Session, l.Token) })
}

// SetConversation stores the agent's own session id before the first prompt.
func (a *Verbs) SetConversation(ctx context.Context, l Lease, conversation string) error {
	return a.held(ctx, l, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SetSessionRun(ctx, l.Session, dbwork.RunInfo{Conversation: &conversation})
	})
}

// SetTree stores the base commit of the session's tree.
func (a *Verbs) SetTree(ctx context.Context, l Lease, baseCommit string) error {
	return a.held(ctx, l, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SetSessionRun(ctx, l.Session, dbwork.RunInfo{BaseCommit: &baseCommit})
	})
}

// Record stores a runner's report in one transaction. It skips source events that are stored already, so a batch may be sent twice.
func (a *Verbs) Record(ctx context.Context, l Lease, b session.Batch) error {
	if ownRows(b) {
		return a.recordTogether(ctx, l, b)
	}
	return a.recordAlone(ctx, l, b)
}

func (a *Verbs) recordAlone(ctx context.Context, l Lease, b session.Batch) error {
	return a.held(ctx, l, func(sc *dbkernel.Scope) error { return a.record(ctx, sc, l, b) })
}

// record stores a batch in the scope of a valid lease.
func (a *Verbs) record(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) error {
	if len(b.Events) > 0 {
		if _, err := dbwork.On(sc).AppendEvents(ctx, l.Session, l.Attempt, byAgent(b.Events)); err != nil {
			return err
		}
	}
	if err := a.recordAsks(ctx, sc, l, b); err != nil {
		return err
	}
	if err := dbwork.On(sc).TouchSession(ctx, l.Session, l.Attempt, b.Doing, a.k.Clock.Now()); err != nil {
		return err
	}
	if err := a.recordRest(ctx, sc, l, b); err != nil {
		return err
	}
	return a.recordTrouble(ctx, sc, l, b.Trouble)
}

// recordNew is record for a report that writes rows of its own session only and has only new events.
func (a *Verbs) recordNew(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) error {
	if err := dbwork.On(sc).ReportEvents(ctx, l.Session, l.Attempt, l.Token, byAgent(b.Events)); err != nil {
		return err
	}
	return a.recordRest(ctx, sc, l, b)
}

// recordRest stores the rest of a batch: growing and finished texts, sent messages and cursors.
func (a *Verbs) recordRest(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) error {
	if err := dbwork.On(sc).SetParts(ctx, l.Session, b.Parts); err != nil {
		return err
	}
	if done := finished(b.Events); len(done) > 0 {
		if err := dbwork.On(sc).DropParts(ctx, l.Session, done); err != nil {
			return err
		}
	}
	if err := dbwork.On(sc).MarkSent(ctx, l.Session, b.Sent, a.k.Clock.Now()); err != nil {
		return err
	}
	sc.AfterCommit(func() { a.ringRecorded(l, b) })
	return dbwork.On(sc).SetCursors(ctx, l.Session, b.Cursor)
}

func (a *Verbs) ringRecorded(l Lease, b session.Batch) {
	a.k.Hub.RingBell(hub.Session(l.Tenant, l.Session))
	if !ownRows(b) {
		a.k.Hub.RingBell(hub.Team(l.Tenant))
	}
	if len(b.Asks)+len(b.Gone) > 0 || b.Waiting != nil {
		a.k.Hub.RingBell(Orders(l.Tenant, l.Session)) // the time limit is paused while a person is asked
	}
}

// byAgent returns the events with the agent as the actor of those that name none.
func byAgent(es []event.Event) []event.Event {
	es = slices.Clone(es) // the caller may have left, and may report the same events again
	for i, e := range es {
		if e.Actor.Kind == "" {
			es[i].Actor = event.Actor{Kind: "agent"}
		}
	}
	return es
}

// finished are the parts whose last event has come: their growing text is not needed any more.
func finished(es []event.Event) (parts []string) {
	for _, e := range es {
		if part := e.EndsPart(); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func (a *Verbs) recordAsks(ctx context.Context, sc *dbkernel.Scope, l Lease, b session.Batch) error {
	if len(b.Asks) == 0 && len(b.Gone) == 0 && b.Waiting == nil {
		return nil
	}
	s, err := dbwork.On(sc).Session(ctx, l.Session)
	if err != nil {
		return err
	}
	gone, err := goneAsks(ctx, sc, l, b)
	if err != nil {
		return err
	}
	if len(gone) > 0 {
		if _, err := dbwork.On(sc).GoneAsks(ctx, l.Session, gone, a.k.Clock.Now()); err != nil {
			return err
		}
	}
	for _, ask := range b.Asks {
		if err := a.recordAsk(ctx, sc, s, ask); err != nil {
			return err
		}
	}
	return a.settleWaiting(ctx, sc, s)
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
		if k.Reply == "" && !k.Gone && !slices.Contains(b.Waiting, k.SourceID) {
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
	e := event.New(t, event.Actor{Kind: "agent"}, event.Ask{AskID: ask.ID, SourceID: ask.SourceID, Status: "asked", Permission: ask.Permission,
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
	_, err = dbwork.On(sc).AppendEvents(ctx, s.ID, s.Attempt, []event.Event{replied(appkernel.System, ask, r.Reply, words)})
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

// isGranted reports whether grants cover every pattern of an ask.
func isGranted(grants []dbwork.Grant, ask session.Ask) bool {
	for _, p := range ask.Patterns {
		covered := false
		for _, g := range grants {
			covered = covered || g.Permission == ask.Permission && matches(g.Pattern, p)
		}
		if !covered {
			return false
		}
	}
	return len(ask.Patterns) > 0
}

// matches applies OpenCode's wildcards: "git status *" matches "git status" with any arguments or none.
func matches(pattern, s string) bool {
	if head, ok := strings.CutSuffix(pattern, " *"); ok && !strings.ContainsAny(head, "*?[\\") {
		return s == head || strings.HasPrefix(s, head+" ")
	}
	if pattern == "*" {
		return true
	}
	ok, err := path.Match(pattern, s)
	return pattern == s || err == nil && ok
}

// recordTrouble moves the session between running and degraded as the runner reports; nil changes nothing.
func (a *Verbs) recordTrouble(ctx context.Context, sc *dbkernel.Scope, l Lease, trouble *session.Reason) error {
	if trouble == nil {
		return nil
	}
	s, err := dbwork.On(sc).Session(ctx, l.Session)
	if err != nil {
		return err
	}
	switch {
	case trouble.Code != "" && s.Status == session.Running:
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Degraded, Reason: *trouble}, appkernel.System)
	case trouble.Code == "" && s.Status == session.Degraded:
		return a.MoveIn(ctx, sc, s, dbwork.Move{To: session.Running}, appkernel.System)
	}
	return nil
}

// Live sends a growing text to the people who have the session open; it stores nothing.
func (a *Verbs) Live(l Lease, p session.Part) {
	a.k.Hub.Live(hub.Session(l.Tenant, l.Session), hub.Frame{PartID: p.ID, Kind: p.Kind, Text: p.Text})
}

// TakeOver moves an expired lease to this server, with a new token; Conflict if its holder renewed it or another server took it.
func (a *Verbs) TakeOver(ctx context.Context, l Lease, instance string, until time.Time) (Lease, error) {
	token := instance + "/" + id.New()
	err := a.k.DB.Update(ctx, l.Tenant, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).TakeLease(ctx, l.Session, l.Token, token, a.k.Clock.Now(), until)
	})
	l.Token = token
	return l, err
}

// Announce rings the bells of a session whose row changed in a system transaction, such as a claim.
func (a *Verbs) Announce(t tenant.ID, s session.ID) { a.ring(t, s) }
