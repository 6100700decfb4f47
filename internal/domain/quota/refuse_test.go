package quota_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var update = flag.Bool("update", false, "write the golden file anew")

func limit(n int64) *int64 { return &n }

// refusals are every refusal of this program for want of a quota, each in all its forms.
func refusals() map[string]error {
	month := func(tokens, cost *int64, used, held quota.Amount) quota.Budget {
		return quota.Budget{Month: "2026-11", Max: quota.Limits{Tokens: tokens, Cost: cost}, Used: used, Held: held}
	}
	need := quota.Amount{Tokens: 400, Cost: 400}
	own := quota.Limits{Tokens: limit(10_000), Cost: limit(2_000_000)}
	return map[string]error{
		"a start, tokens used up":            month(limit(50_000_000), nil, quota.Amount{Tokens: 50_000_000}, quota.Amount{}).Refuse("Not started", quota.Amount{}),
		"a start, none allowed":              month(limit(0), nil, quota.Amount{}, quota.Amount{}).Refuse("Not started", quota.Amount{}),
		"a start, no money allowed":          month(nil, limit(0), quota.Amount{}, quota.Amount{}).Refuse("Not started", quota.Amount{}),
		"a start, cost used up":              month(limit(50_000_000), limit(2_500_000), quota.Amount{Tokens: 900, Cost: 2_500_000}, quota.Amount{}).Refuse("Not started", quota.Amount{}),
		"a start, over the tokens":           month(limit(1_000), nil, quota.Amount{Tokens: 1_250}, quota.Amount{}).Refuse("Not started", quota.Amount{}),
		"a start, over the cost":             month(nil, limit(1_000_000), quota.Amount{Cost: 1_120_000}, quota.Amount{}).Refuse("Not started", quota.Amount{}),
		"a call, tokens held":                month(limit(1_000), nil, quota.Amount{Tokens: 500}, quota.Amount{Tokens: 300}).Refuse("Model call rejected", need),
		"a call, cost held":                  month(nil, limit(1_000), quota.Amount{Cost: 500}, quota.Amount{Cost: 300}).Refuse("Model call rejected", need),
		"a call, session's own tokens":       quota.RefuseOwn(own, quota.Amount{Tokens: 9_700}, quota.Amount{}, need),
		"a call, session's own tokens, held": quota.RefuseOwn(own, quota.Amount{Tokens: 9_000}, quota.Amount{Tokens: 700}, need),
		"a call, session's own cost":         quota.RefuseOwn(own, quota.Amount{Cost: 1_999_900}, quota.Amount{}, need),
		"a start, queue full":                quota.CheckPlace(tenant.Limits{MaxConcurrent: 10, MaxQueued: 500, Running: 10, Ready: 501}),
		"a start, no queue, full":            quota.CheckPlace(tenant.Limits{MaxConcurrent: 10, MaxQueued: 500, Running: 9, Ready: 2, RefuseWhenFull: true}),
		"a start, storage full":              quota.Storage{Trees: 22 << 30, Max: limit(20 << 30)}.Refuse("Not started"),
		"a clone, storage full":              quota.Storage{Clones: 1536 << 20, Max: limit(1 << 30)}.Refuse("Not cloned"),
		"a running session, storage full":    quota.Storage{Homes: 20 << 30, Max: limit(20 << 30)}.Refuse("Paused"),
		"a request too many":                 quota.CheckRate(600, time.Date(2026, 11, 3, 14, 3, 4, 1, time.UTC)),
		"a request, none allowed":            quota.CheckRate(0, time.Time{}),
	}
}

// TestRefusalsReadAsReviewed: each names the limit, its value, what is used, when it frees and who can change it; pages, the
// API and the gateway all show these words.
func TestRefusalsReadAsReviewed(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	all := refusals()
	for _, name := range sortedKeys(all) {
		var f *fault.Error
		if err := all[name]; !errors.As(err, &f) || f.Kind != fault.Exhausted || f.Limit == nil || f.Limit.Name == "" || f.Limit.WhoCan == "" {
			t.Fatalf("%s: %v names no limit", name, err)
		}
		frees := "not at a known time"
		if !f.Limit.FreesAt.IsZero() {
			frees = f.Limit.FreesAt.Format(time.RFC3339)
		}
		if !strings.Contains(f.Message, "free") && !strings.Contains(f.Message, "reset") && !strings.Contains(f.Message, "Try again at") {
			t.Errorf("%s does not say when there is room again", name)
		}
		fmt.Fprintf(&b, "%s\n  %s\n  %s: value %d, used %d, reserved %d, frees %s, can be changed by %s\n\n", name, f.Message, f.Limit.Name, f.Limit.Value, f.Limit.Used,
			f.Limit.Held, frees, f.Limit.WhoCan)
	}
	const file = "testdata/refusals.txt"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, []byte(b.String()), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("refusals differ (-reviewed +now); run with -update if that is meant:\n%s", diff)
	}
}

func TestAPlaceThatIsThereIsGiven(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]tenant.Limits{
		"the last of the queue":     {MaxConcurrent: 1, MaxQueued: 2, Running: 1, Ready: 2},
		"the last without a queue":  {MaxConcurrent: 2, MaxQueued: 500, Running: 1, Ready: 1, RefuseWhenFull: true},
		"queueing at a full number": {MaxConcurrent: 2, MaxQueued: 500, Running: 2, Ready: 1},
	} {
		if err := quota.CheckPlace(l); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 20 << 30: "20 GiB", 1 << 62: "4096 PiB"} {
		if got := quota.Bytes(n); got != want {
			t.Errorf("%d is %s, not %s", n, got, want)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
