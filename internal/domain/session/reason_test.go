package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// reasons is every code, so that none is without its words.
var reasons = []session.ReasonCode{session.RunnerUnreachable, session.RunnerLost, session.RunnerVersion, session.ModelAuth, session.ModelAccount,
	session.ModelForbidden, session.ModelProtocol, session.RequestTooLarge, session.ModelRateLimited,
	session.ModelUnavailable, session.ContextOverflow, session.PermissionTimeout, session.BudgetExhausted, session.QuotaFull, session.HostFull,
	session.DurationExceeded, session.Stalled, session.LoopDetected, session.WorkspaceError, session.DiskFull, session.AgentError, session.InvalidConfig,
	session.ByUser, session.Shutdown}

func TestReasonsSayWhatToDo(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, c := range reasons {
		how := "waits for a person"
		if c.Retries() {
			how = "is tried again"
		}
		fmt.Fprintf(&b, "%s %s: %s\n", c, how, c.Remedy())
		if r := c.Remedy(); c != session.ByUser && (r == "" || !strings.HasSuffix(r, ".")) {
			t.Errorf("%s has the remedy %q", c, r)
		}
	}
	golden(t, "reasons.txt", b.String())
	if odd := session.ReasonCode("odd"); odd.Retries() || odd.Remedy() != "" {
		t.Error("an unknown reason is retried or has a remedy")
	}
}

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	for n, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 5 * time.Minute, 5 * time.Minute} {
		if got := session.RetryDelay(n, 0); got != want {
			t.Errorf("retry %d waits %v, want %v", n, got, want)
		}
		if got := session.RetryDelay(n, 0.999); got <= want || got >= want+want/5 {
			t.Errorf("retry %d with jitter waits %v", n, got)
		}
	}
	if got := session.RetryDelay(1000, 0); got != 5*time.Minute {
		t.Errorf("retry 1000 waits %v", got)
	}
}
