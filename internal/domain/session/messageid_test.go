package session_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

func TestMessageIDsSortByTheTimeTheyWereMade(t *testing.T) {
	t.Parallel()
	now := time.Date(2100, 1, 2, 3, 4, 5, 0, time.UTC) // later than any other test's, which share the counter
	form := regexp.MustCompile(`^(msg|prt)_[0-9a-f]{12}[0-9A-Za-z]{14}$`)
	var ids []string
	for i := range 10_000 {
		// The clock stands, runs and goes back.
		m, p := session.NewMessageID(now.Add(time.Duration(i%7-3) * time.Millisecond))
		if !form.MatchString(m) || !form.MatchString(p) || m[4:16] != p[4:16] || m[16:] == p[16:] {
			t.Fatalf("made %s and %s", m, p)
		}
		ids = append(ids, m)
	}
	stamps := make([]string, len(ids))
	for i, m := range ids {
		stamps[i] = m[:16]
	}
	if !slices.IsSorted(ids) || len(slices.Compact(stamps)) != len(ids) {
		t.Error("ids do not sort in the order they were made")
	}
}

func TestMessageIDsOfManyAtOnceDiffer(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[string]bool{}
	for range 8 {
		wg.Go(func() {
			for range 200 {
				m, _ := session.NewMessageID(time.Unix(1_700_000_000, 0))
				mu.Lock()
				seen[strings.TrimPrefix(m, "msg_")[:12]] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 1600 {
		t.Errorf("%d different stamps of 1600", len(seen))
	}
}
