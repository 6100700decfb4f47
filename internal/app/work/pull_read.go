package work

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Pulls returns a session's pull requests, newest first, as they were read last. It lets open ones be read again soon.
func (a *Verbs) Pulls(ctx context.Context, by tenant.Actor, id session.ID) (all []session.Pull, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { all, err = dbwork.On(sc).Pulls(ctx, id); return err })
	if err == nil {
		err = a.lookAt(ctx, by.Tenant, id, all)
	}
	return all, err
}

// lookAt lets pull requests be read soon because somebody looks at them. It writes only if that brings the reading forward.
func (a *Verbs) lookAt(ctx context.Context, t tenant.ID, id session.ID, all []session.Pull) error {
	for _, p := range all {
		if p.CanComeSooner() {
			return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).LookAtPull(ctx, id) })
		}
	}
	return nil
}

// PullsOf returns the newest pull request of each of the sessions that has one.
func (a *Verbs) PullsOf(ctx context.Context, by tenant.Actor, ids []session.ID) (found map[session.ID]session.Pull, err error) {
	if len(ids) == 0 {
		return nil, by.May(tenant.ReadSessions)
	}
	err = a.k.Read(ctx, by, tenant.ReadSessions, func(sc *dbkernel.Scope) error { found, err = dbwork.On(sc).PullsOf(ctx, ids); return err })
	return found, err
}

const (
	// pullsPerPass limits how many pull requests one pass reads, parallelPulls how many at the same time.
	pullsPerPass, parallelPulls = 100, 4
	// pullClaim is how long a server has for one reading before another tries.
	pullClaim = 3 * time.Minute
)

// KeepPulls reads the pull requests whose time has come from their forges.
func (a *Verbs) KeepPulls(ctx context.Context) error {
	var due []dbwork.DuePull
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) {
		due, err = dbwork.Across(s).DuePulls(ctx, a.k.Clock.Now(), pullsPerPass)
		return err
	})
	if err != nil {
		return err
	}
	slots := make(chan struct{}, parallelPulls)
	var wg sync.WaitGroup
	for _, d := range due {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := fault.Catch(func() error { return a.keepPull(ctx, d) }); err != nil && ctx.Err() == nil {
				a.k.Log.Error("read a pull request", "tenant", string(d.Tenant), "session", string(d.Session), "number", d.Number, "error", err)
			}
		})
	}
	wg.Wait()
	return nil
}

func (a *Verbs) keepPull(ctx context.Context, d dbwork.DuePull) error {
	isMine := false
	err := a.k.DB.System(ctx, func(s *dbkernel.System) (err error) {
		isMine, err = dbwork.Across(s).ClaimPull(ctx, d, a.k.Clock.Now().Add(pullClaim))
		return err
	})
	if err != nil || !isMine {
		return err
	}
	was, err := a.storedPull(ctx, d.Tenant, d.Session, d.Number)
	if err != nil {
		return err
	}
	_, err = a.readPull(ctx, was, d.Tenant)
	return err
}

func (a *Verbs) storedPull(ctx context.Context, t tenant.ID, id session.ID, number int) (found session.Pull, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		all, err := dbwork.On(sc).Pulls(ctx, id)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.Number == number {
				found = p
				return nil
			}
		}
		return fault.Missing("pull request")
	})
	return found, err
}

// readPull reads a pull request from its forge and stores what has changed. A forge that does not answer is no error: the reason is stored.
func (a *Verbs) readPull(ctx context.Context, was session.Pull, t tenant.ID) (session.Pull, error) {
	now, err := a.askForge(ctx, was, t)
	if ctx.Err() != nil {
		return was, context.Cause(ctx)
	}
	at := a.k.Clock.Now()
	var pause time.Duration
	if err != nil {
		now, pause = was, retryOf(err)
		now.Trouble = troubleOf(err, was.Host)
	}
	now.ReadAt, now.ChangedAt = at, was.ChangedAt
	change := changeOf(was, now)
	if change != "" {
		now.ChangedAt = at
	}
	next := now.NextRead(at)
	if next != nil && at.Add(pause).After(*next) {
		later := at.Add(pause)
		next = &later
	}
	return now, a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return a.storePull(ctx, sc, now, change, next) })
}

// retryOf is how long a forge wants no requests; a while for a pull request that is gone or a token that is refused.
func retryOf(err error) time.Duration {
	var pause time.Duration
	if r, ok := forge.AsRefusal(err); ok {
		pause = r.RetryAfter
	}
	switch forge.ReasonOf(err) {
	case forge.Missing, forge.BadToken, forge.Forbidden:
		pause = max(pause, session.PullEnded)
	}
	if fault.Is(err, fault.NotFound) { // no forge any more
		pause = session.PullEnded
	}
	return pause
}

func troubleOf(err error, host string) string {
	switch {
	case forge.ReasonOf(err) != "":
		return forge.Fault(err, host).Error()
	case fault.Is(err, fault.NotFound):
		return "The repository has no forge any more."
	}
	return "The state could not be read. The details are in the server log."
}

// askForge reads the pull request, its checks, and whether its merge was undone.
func (a *Verbs) askForge(ctx context.Context, was session.Pull, t tenant.ID) (session.Pull, error) {
	port, f, err := a.repos.ForgePort(ctx, t, repository.ID(was.Repository))
	if err != nil {
		return was, err
	}
	if f.Host() != was.Host {
		return was, fault.Missing("forge")
	}
	now := was
	read, err := port.Read(ctx, was.Number)
	if err != nil {
		return was, err
	}
	now.Trouble = ""
	read.Base, read.Branch, read.URL = was.Base, was.Branch, was.URL
	now.PullRequest = read
	switch {
	case read.State == forge.Open:
		now.Checks, err = port.Checks(ctx, read)
	case read.State == forge.Merged:
		err = a.lookForRevert(ctx, t, was, &now)
	}
	return now, err
}

// lookForRevert replaces the state of a merged pull request whose merge was undone on its base. No forge reports that.
func (a *Verbs) lookForRevert(ctx context.Context, t tenant.ID, was session.Pull, now *session.Pull) error {
	if was.State == forge.Reverted {
		now.State = forge.Reverted
		return nil
	}
	if a.opts.Reverted == nil || was.State != forge.Merged || now.MergeCommit == "" {
		return nil
	}
	isReverted, err := a.opts.Reverted(ctx, t, repository.ID(was.Repository), was.Base, now.MergeCommit)
	if isReverted {
		now.State = forge.Reverted
	}
	return err
}

// changeOf names what happened between two readings; "" for nothing that people are told about.
func changeOf(was, now session.Pull) string {
	switch {
	case was.State != now.State && now.State == forge.Open:
		return "reopened"
	case was.State != now.State:
		return string(now.State)
	case was.Draft && !now.Draft && now.State == forge.Open:
		return "ready"
	case now.Checks.Count(forge.CheckFailed) > 0 && (was.Checks.Count(forge.CheckFailed) == 0 || was.Head != now.Head):
		return "checks_failed"
	}
	return ""
}

func (a *Verbs) storePull(ctx context.Context, sc *dbkernel.Scope, p session.Pull, change string, next *time.Time) error {
	if err := dbwork.On(sc).SetPull(ctx, p, next); err != nil {
		return err
	}
	t := sc.Tenant()
	sc.AfterCommit(func() { a.ringSession(t, p.Session) })
	if change == "" {
		return nil
	}
	if err := noteOutcome(ctx, sc, p, change); err != nil {
		return err
	}
	if err := a.judge(ctx, sc, p.Session, p.Attempt); err != nil {
		return err
	}
	return a.notePull(ctx, sc, p, change, event.Actor{Kind: appkernel.System.Kind})
}

// noteOutcome stores in the outcome of the attempt what became of its work.
func noteOutcome(ctx context.Context, sc *dbkernel.Scope, p session.Pull, change string) error {
	switch forge.State(change) {
	case forge.Merged:
		return dbwork.On(sc).SetMergedWork(ctx, p.Session, p.Attempt, p.MergeCommit, p.ChangedAt)
	case forge.Reverted:
		return dbwork.On(sc).SetRevertedWork(ctx, p.Session, p.Attempt, p.ChangedAt)
	}
	return nil
}

// HookRequest is a request of a forge to a webhook.
type HookRequest struct {
	Hook string
	// Signature is the hex HMAC-SHA256 of the body, of GitHub and Gitea; Token is GitLab's, which sends the secret itself.
	Signature, Token string
	// Delivery names the request; the same one is sent again with the same name.
	Delivery string
	Body     []byte
}

// rememberDelivery is how long a delivery is remembered, and maxDelivery how long its name can be.
const (
	rememberDelivery = 24 * time.Hour
	maxDelivery      = 200
)

// ReceiveHook checks the signature of a forge's request and lets the pull requests of the repository be read at once. Nothing else in the
// request is trusted: the state comes from the forge's API. A wrong signature and an unknown webhook are the same Unauthenticated fault.
func (a *Verbs) ReceiveHook(ctx context.Context, r HookRequest) error {
	refused := fault.New(fault.Unauthenticated, "The webhook is unknown or its signature is wrong.")
	t, rid, kind, key, err := a.repos.ForgeHook(ctx, r.Hook)
	if fault.Is(err, fault.NotFound) {
		return refused
	}
	if err != nil {
		return err
	}
	if !r.isSigned(kind, key) {
		return refused
	}
	delivery := r.Delivery
	if delivery == "" {
		sum := sha256.Sum256(r.Body)
		delivery = hex.EncodeToString(sum[:])
	}
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		now := a.k.Clock.Now()
		isNew, err := dbwork.On(sc).AddDelivery(ctx, rid, text.Brief(delivery, maxDelivery), now, now.Add(-rememberDelivery))
		if err != nil || !isNew {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Pulls); a.k.Hub.RingBell(appkernel.Merges) })
		return dbwork.On(sc).WakePulls(ctx, rid, numberIn(r.Body), now)
	})
}

// isSigned compares in constant time.
func (r HookRequest) isSigned(kind forge.Kind, key string) bool {
	if kind == forge.GitLab {
		return subtle.ConstantTimeCompare([]byte(r.Token), []byte(key)) == 1
	}
	sent, err := hex.DecodeString(strings.TrimPrefix(r.Signature, "sha256="))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(r.Body)
	return err == nil && hmac.Equal(sent, mac.Sum(nil))
}

// numberIn is the number of the pull request that a request is about; 0 if it is about none.
func numberIn(body []byte) int {
	var in struct {
		Number     int `json:"number"`
		Attributes struct {
			IID int `json:"iid"`
		} `json:"object_attributes"`
	}
	_ = json.Unmarshal(body, &in)
	return max(in.Number, in.Attributes.IID)
}
