package kernel

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// refusals counts what was refused in the present minute, by who asked for what from where: the first is written down at once,
// further ones together when the minute is over, so that nobody fills the log by asking.
type refusals struct {
	mu     sync.Mutex
	minute time.Time
	seen   map[refusalKey]*refusal
}

type refusalKey struct {
	tenant       tenant.ID
	user         tenant.UserID
	verb, object string
	peer         string
}

type refusal struct {
	tenant tenant.ID
	entry  dbkernel.Audit
	more   int
}

// maxRefusals bounds how many different ones are told apart in a minute, tellWithin how long writing them down may take.
const (
	maxRefusals = 1000
	tellWithin  = 5 * time.Second
)

// Refused writes down that by may not do what was asked, and why. It is told in the team's log, or in the instance's without a team.
func (a *Kernel) Refused(ctx context.Context, by tenant.Actor, verb, object, why string) {
	if by.Via == "" {
		t := by.Tenant
		by = instanceActor(ctx)
		by.Tenant = t
	}
	if by.Peer == "" {
		by = From(ctx, by)
	}
	e := a.Entry(by, verb, object, why)
	e.Result = audit.Refused
	first, due := a.refusals.count(by.Tenant, e)
	a.tell(ctx, due)
	if first {
		a.tell(ctx, []refusal{{by.Tenant, e, 0}})
	}
}

// count says whether e is the first of its kind in its minute, and gives what is to be told of the minute before.
func (r *refusals) count(t tenant.ID, e dbkernel.Audit) (first bool, due []refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	due = r.over(e.At)
	key := refusalKey{t, e.By, e.Verb, e.Object, e.Peer}
	if len(r.seen) >= maxRefusals {
		key = refusalKey{tenant: t, verb: e.Verb} // whoever else asks is counted together
	}
	if known := r.seen[key]; known != nil {
		known.more++
		return false, due
	}
	if r.seen == nil {
		r.seen = map[refusalKey]*refusal{}
	}
	r.seen[key] = &refusal{t, e, 0}
	return true, due
}

// over begins a new minute where now lies in another, and gives what was refused more than once in the last.
func (r *refusals) over(now time.Time) (due []refusal) {
	if m := now.Truncate(time.Minute); !m.Equal(r.minute) {
		due, r.minute = r.take(), m
	}
	return due
}

func (r *refusals) take() (due []refusal) {
	for _, one := range r.seen {
		if one.more > 0 {
			due = append(due, *one)
		}
	}
	r.seen = nil
	return due
}

// TellRefusals writes down what was refused further in a minute that is over; with all, also in the present one.
func (a *Kernel) TellRefusals(ctx context.Context, all bool) {
	a.refusals.mu.Lock()
	due := a.refusals.over(a.Clock.Now())
	if all {
		due = append(due, a.refusals.take()...)
	}
	a.refusals.mu.Unlock()
	a.tell(ctx, due)
}

// tell goes on after the request that was refused: by then its time is over.
func (a *Kernel) tell(ctx context.Context, due []refusal) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellWithin)
	defer cancel()
	for _, r := range due {
		if r.more > 0 {
			minute := r.entry.At.Truncate(time.Minute)
			r.entry.ID, r.entry.At, r.entry.Request = id.New(), a.Clock.Now(), ""
			r.entry.Detail = fmt.Sprintf("%s further times in the minute from %s UTC: %s", strconv.Itoa(r.more), minute.UTC().Format("15:04"), r.entry.Detail)
		}
		err := a.DB.System(ctx, func(s *dbkernel.System) error {
			if r.tenant == "" {
				return s.WriteInstanceAudit(ctx, r.entry)
			}
			return s.WriteAudit(ctx, r.tenant, r.entry)
		})
		if err != nil {
			a.Log.Error("write down a refusal", "error", err)
		}
	}
}
