package e2e

import (
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
)

// TestMainJobOnPostgres runs the main job, with a kill in the middle, on PostgreSQL.
func TestMainJobOnPostgres(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, dbtest.As(t, dbtest.Database(t), dbtest.ServeLogin))
	m := w.newTeam("acme", 10)
	id := m.run("Greet people", mainJob, nil)
	m.asked(id)
	before := m.events(id)
	w.kill()
	w.start()
	m.accounted(id)
	m.endsWell(id)
	m.keptOnce(id, before)
	s := m.becomes(id, time.Second, "completed")
	m.rightDiff(id)
	m.rightBill(s)
}
