package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBrokenStream reads a session's stream and reconnects after every third event. It misses and repeats no event.
func TestBrokenStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Be watched", turns("Talk.", map[string]any{"text": "one ", "tools": tool("write", map[string]any{"filePath": "a.txt", "content": "a"})},
		map[string]any{"text": "two ", "tools": tool("read", map[string]any{"filePath": "a.txt"})}, map[string]any{"text": "three"}), nil)
	var last int64
	for !m.watch(id, &last, 3) {
	}
	all := m.events(id)
	if last != all[len(all)-1].Seq {
		t.Errorf("the stream ended at %d, the log at %d", last, all[len(all)-1].Seq)
	}
}

// watch reads at most n events after last, checks that there are no gaps, and reports whether the session has ended.
func (m *team) watch(id string, last *int64, n int) (ended bool) {
	m.w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Second)
	defer cancel()
	req := m.request(http.MethodGet, "/sessions/"+id+"/events", nil).WithContext(ctx)
	req.Header.Set("Accept", "text/event-stream")
	if *last > 0 {
		req.Header.Set("Last-Event-ID", fmt.Sprint(*last))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		m.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	for lines := bufio.NewScanner(res.Body); n > 0 && !ended && lines.Scan(); {
		if seq, ok := strings.CutPrefix(lines.Text(), "id:"); ok {
			if *last++; strings.TrimSpace(seq) != fmt.Sprint(*last) {
				m.w.t.Fatalf("after event %d came %s", *last-1, seq)
			}
		}
		if strings.HasPrefix(lines.Text(), "data:") {
			n--
		}
		if strings.HasPrefix(lines.Text(), "data:") && strings.Contains(lines.Text(), `"completed"`) && strings.Contains(lines.Text(), `"to"`) {
			ended = true
		}
	}
	if ctx.Err() != nil {
		m.w.t.Fatalf("nothing came after event %d\n%s", *last, m.types(id))
	}
	return ended
}
