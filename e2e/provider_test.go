package e2e

import (
	"strings"
	"testing"
	"time"
)

func TestProviderFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	for _, c := range []struct {
		name string
		turn map[string]any
		ends string
		code string
	}{
		{"401", map[string]any{"status": 401, "body": `{"error":{"message":"Incorrect API key provided."}}`}, "failed", "model_auth"},
		{"429 twice", map[string]any{"status": 429, "fail_times": 2, "headers": map[string]string{"retry-after": "1"}, "text": "done"}, "completed", ""},
		{"500 twice", map[string]any{"status": 500, "fail_times": 2, "headers": map[string]string{"retry-after": "1"}, "text": "done"}, "completed", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := m.run("Provider answers "+c.name, turns("Ask.", c.turn), nil)
			s := m.becomes(id, 90*time.Second, "completed", "failed", "pending")
			if s.Status != c.ends || !strings.HasPrefix(s.reason(), c.code) {
				t.Errorf("it is %s: %s", s.Status, s.reason())
			}
		})
	}
}

func TestProviderCutsAndHangs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	cut := m.run("Provider cuts the answer", turns("Talk.", map[string]any{"text": "one two three", "cut": true}, map[string]any{"text": "done"}), nil)
	hang := m.run("Provider falls silent", turns("Talk.", map[string]any{"text": "one two three", "hang": true}), nil)
	s := m.becomes(cut, 90*time.Second, "completed", "failed", "pending", "partially_completed")
	if s.Status != "completed" && s.reason() == "" {
		t.Errorf("the cut one is %s without a reason", s.Status)
	}
	m.becomes(hang, 30*time.Second, "running", "degraded")
	m.w.until("the hanging call was made", 60*time.Second, func() bool { return strings.Contains(m.types(hang), "session.state") })
	m.act(hang, "stop")
	m.becomes(hang, 15*time.Second, "stopped")
}
