package e2e

import (
	"fmt"
	"testing"
	"time"
)

func TestQuotaOfTwoWithSixSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 2)
	var ids []string
	for i := range 6 {
		gate := fmt.Sprint("turn ", i)
		ids = append(ids, m.run(fmt.Sprint("Session number ", i), turns("Wait.", map[string]any{"text": "done", "gate": gate, "gate_at": "start"}), nil))
	}
	m.reached("turn 0")
	m.reached("turn 1")
	for i, id := range ids[2:] {
		s := m.session(id)
		if s.Status != "queued" || s.Queue == nil || s.Queue.Position != int64(i+1) || s.Queue.Reason == "" {
			t.Errorf("session %d is %s at %+v", i+2, s.Status, s.Queue)
		}
	}
	for i := range ids {
		w.model.Open(fmt.Sprint("turn ", i))
	}
	most := 0
	w.until("all six are completed", 120*time.Second, func() bool {
		n, done := m.count("running"), m.count("completed")
		most = max(most, n)
		return done == 6
	})
	if most > 2 {
		t.Errorf("%d ran at once", most)
	}
}

func (m *team) count(status string) int {
	m.w.t.Helper()
	var list struct{ Items []sessionJSON }
	m.get("/sessions?limit=100&status="+status, &list)
	return len(list.Items)
}
