package kernel

import (
	"context"
	"fmt"
	"sync"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// refusals counts the refusals of the current minute. The first of a kind is written to the audit log immediately and the others as
// one entry after the minute, so that nobody can fill the log with forbidden requests.
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

// refusal is the first refusal of a kind, with the number of further ones.
type refusal struct {
	tenant tenant.ID
	entry  dbkernel.Audit
	more   int
}

const (
	maxRefusals        = 1000            // the most kinds that are counted separately in a minute
	writeRefusalWithin = 5 * time.Second // the time limit for writing refusals
)

// Refused writes a refusal with its reason to the team's audit log, or to the instance's if the actor has no team.
func (a *Kernel) Refused(ctx context.Context, by tenant.Actor, verb, object, why string) {
	if by.Via == "" {
		t := by.Tenant
		by = instanceActor(ctx)
		by.Tenant = t
	}
	if by.Peer == "" {
		by = WithRequest(ctx, by)
	}
	e := a.Entry(by, verb, object, why)
	e.Result = audit.Refused
	first, due := a.refusals.count(by.Tenant, e)
	a.writeRefusals(ctx, due)
	if first {
		a.writeRefusals(ctx, []refusal{{by.Tenant, e, 0}})
	}
}

// count counts a refusal. It reports whether it is the first of its kind in this minute, and returns the earlier minute's refusals
// that are due.
func (r *refusals) count(t tenant.ID, e dbkernel.Audit) (first bool, due []refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	due = r.startMinute(e.At)
	key := refusalKey{t, e.By, e.Verb, e.Object, e.Peer}
	if len(r.seen) >= maxRefusals {
		key = refusalKey{tenant: t, verb: e.Verb} // all further ones share a count
	}
	if counted := r.seen[key]; counted != nil {
		counted.more++
		return false, due
	}
	if r.seen == nil {
		r.seen = map[refusalKey]*refusal{}
	}
	r.seen[key] = &refusal{t, e, 0}
	return true, due
}

// startMinute starts a new count if now is in another minute, and returns the repeated refusals of the last one.
func (r *refusals) startMinute(now time.Time) (due []refusal) {
	if m := now.Truncate(time.Minute); !m.Equal(r.minute) {
		due, r.minute = r.removeRepeated(), m
	}
	return due
}

// removeRepeated clears the count and returns the refusals that occurred more than once.
func (r *refusals) removeRepeated() (due []refusal) {
	for _, one := range r.seen {
		if one.more > 0 {
			due = append(due, *one)
		}
	}
	r.seen = nil
	return due
}

// WriteRefusals writes the repeated refusals of past minutes to the audit logs; with all, also those of the current minute.
func (a *Kernel) WriteRefusals(ctx context.Context, all bool) {
	a.refusals.mu.Lock()
	due := a.refusals.startMinute(a.Clock.Now())
	if all {
		due = append(due, a.refusals.removeRepeated()...)
	}
	a.refusals.mu.Unlock()
	a.writeRefusals(ctx, due)
}

// writeRefusals continues after the refused request has ended, whose context is cancelled by then.
func (a *Kernel) writeRefusals(ctx context.Context, due []refusal) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeRefusalWithin)
	defer cancel()
	for _, r := range due {
		if r.more > 0 {
			minute := r.entry.At.Truncate(time.Minute)
			r.entry.ID, r.entry.At, r.entry.Request = id.New(), a.Clock.Now(), ""
			r.entry.Detail = fmt.Sprintf("%d more times in the minute from %s UTC: %s", r.more, minute.UTC().Format("15:04"), r.entry.Detail)
		}
		err := a.DB.System(ctx, func(s *dbkernel.System) error {
			if r.tenant == "" {
				return s.WriteInstanceAudit(ctx, r.entry)
			}
			return s.WriteAudit(ctx, r.tenant, r.entry)
		})
		if err != nil {
			a.Log.Error("write a refusal to the audit log", "error", err)
		}
	}
}
