package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
)

// claims is the number of queued sessions; together is the number that the dispatcher claims in one transaction.
const (
	claims   = 5000
	together = 16
)

// BenchmarkClaims empties a queue like the dispatcher, with 16 sessions per transaction, while every team has free slots.
func BenchmarkClaims(b *testing.B) {
	for _, teams := range []int{1, 1000} {
		b.Run(fmt.Sprintf("teams %d", teams), func(b *testing.B) {
			f := seed(b, teams, claims/teams)
			d := dbtest.Reopen(b, f.path)
			dbtest.Exec(b, d, queueAll)
			for b.Loop() {
				begun, n := time.Now(), 0
				for got := together; got == together; n += got {
					got = claim(b, d)
				}
				report(b, "claims", float64(n)/time.Since(begun).Seconds(), "per second")
			}
		})
	}
}

func claim(b *testing.B, d *dbkernel.DB) (n int) {
	b.Helper()
	check(b, d.System(b.Context(), func(s *dbkernel.System) error {
		now := time.Now()
		got, err := dbwork.Across(s).Claim(b.Context(), dbwork.ClaimSpec{Owner: "bench", Now: now, Until: now.Add(time.Minute), HostRoom: together, Limit: together})
		n = len(got)
		return err
	}))
	return n
}

// queueAll queues every session of a field.
const queueAll = `
UPDATE sessions SET status = 'queued', waiting_for = '', attempt = 1, queued_at = created_at, queue_key = created_at + priority * 600000,
  ran_since = NULL, ended_at = NULL, started_at = NULL, lease_owner = '', lease_until = NULL;
UPDATE session_counts SET n = CASE WHEN status = 'queued' THEN (SELECT count(*) FROM sessions s WHERE s.tenant_id = session_counts.tenant_id) ELSE 0 END;
UPDATE lanes SET max_concurrent_sessions = 5000, running = 0, ready = (SELECT count(*) FROM sessions s WHERE s.tenant_id = lanes.tenant_id)`
