package app_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// overdraws are the entries about calls that used more than they had reserved.
func (h *house) overdraws() []string {
	return dbtest.Rows(h.t, h.d, `SELECT detail FROM audit WHERE verb = 'overdraw_budget'`)
}

// TestAProviderThatReportsMoreThanACallMayUse is charged as it reports, which is written down and said, and nothing further is
// asked this month.
func TestAProviderThatReportsMoreThanACallMayUse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, key := h.talking("ses_main")
		h.tokens(2_000)
		adm, err := h.admits(key, "ses_main")
		ok(t, err)
		h.ends(adm, usage.Counts{Output: 1_500}) // more than the thousand, but there is room
		if got := h.overdraws(); len(got) != 0 || h.budget().Over() != (quota.Amount{}) {
			t.Errorf("within the limit: %v", got)
		}
		adm, err = h.app.Work.AdmitCall(t.Context(), appwork.CallRequest{Key: key, Provider: "local", Model: "small", Conversation: "ses_main", PromptBytes: 200, MaxTokens: 300})
		ok(t, err)
		for range 2 { // also when it is reported twice
			h.ends(adm, usage.Counts{Input: 100, Output: 1_000})
		}
		b := h.budget()
		if b.Used.Tokens != 2_600 || b.Held != (quota.Amount{}) || b.Over() != (quota.Amount{Tokens: 600}) || !b.UsedUp() {
			t.Errorf("over the limit: %+v, over by %+v", b, b.Over())
		}
		if got := h.overdraws(); len(got) != 1 || !strings.Contains(got[0], "the month exceeds its limit by 600 tokens") {
			t.Errorf("the log says %q", got)
		}
		_, err = h.admits(key, "ses_main")
		if refused(t, "a further call", err, fault.Exhausted); !strings.Contains(err.Error(), "2,600 of 2,000 tokens this month, 600 tokens over the limit.") {
			t.Errorf("it says %q", err)
		}
	})
}

// TestReports: whatever a provider tells and whenever, the month adds up: each call counts once, nothing stays held, and no
// figure wraps round.
func TestReports(t *testing.T) {
	thousand := usage.Counts{Input: 100, Output: 900}
	for name, c := range map[string]struct {
		counts []usage.Counts // each report of the one call
		late   time.Duration
		ended  bool
		want   int64
	}{
		"once":                 {counts: []usage.Counts{thousand}, want: 1_000},
		"twice":                {counts: []usage.Counts{thousand, thousand}, want: 1_000},
		"twice, differently":   {counts: []usage.Counts{{Input: 7}, thousand}, want: 7},
		"an hour late":         {counts: []usage.Counts{thousand}, late: time.Hour, want: 1_000},
		"after the end":        {counts: []usage.Counts{thousand}, ended: true, want: 1_000},
		"missing":              {counts: []usage.Counts{{}}, want: 0},
		"negative":             {counts: []usage.Counts{{Input: -100, Output: math.MinInt64, Reasoning: 3}}, want: 3},
		"beyond all numbers":   {counts: []usage.Counts{{Output: math.MaxInt64}}, want: usage.MostTokens},
		"cache reads":          {counts: []usage.Counts{{CacheRead: 41}}, want: 5},
		"cache writes":         {counts: []usage.Counts{{CacheWriteShort: 30, CacheWriteLong: 12}}, want: 42},
		"thinking":             {counts: []usage.Counts{{Reasoning: 40, Output: 2}}, want: 42},
		"cached more than all": {counts: []usage.Counts{{CacheRead: math.MaxInt64}}, want: usage.MostTokens / 10},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				v, key := h.talking("ses_main")
				h.tokens(quota.MaxLimit)
				adm, err := h.admits(key, "ses_main")
				ok(t, err)
				if c.ended {
					_, err := h.app.Work.StopSession(t.Context(), h.member, v.ID)
					ok(t, err)
				}
				h.clock.Advance(c.late)
				for _, counts := range c.counts {
					h.ends(adm, counts)
				}
				if b := h.budget(); b.Held != (quota.Amount{}) || b.Used.Tokens != c.want || h.read(v).Tokens.Weighted() != c.want {
					t.Errorf("the month is %+v, the session %+v; want %d", b, h.read(v).Tokens, c.want)
				}
			})
		})
	}
}

// TestSubAgentsSpendTheirSessionsBudget: every call with the session's key is the session's, whatever conversation it names.
func TestSubAgentsSpendTheirSessionsBudget(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, key := h.talking("ses_main")
		h.tokens(3_500)
		for _, place := range [][2]string{{"ses_child", "ses_main"}, {"ses_grandchild", "ses_child"}, {"", ""}} {
			adm, err := h.app.Work.AdmitCall(t.Context(), appwork.CallRequest{Key: key, Provider: "local", Model: "small", Conversation: place[0], Parent: place[1], PromptBytes: 200, MaxTokens: 900})
			ok(t, err)
			h.ends(adm, usage.Counts{Input: 100, Output: 900})
		}
		if b := h.budget(); b.Used.Tokens != 3_000 || h.read(v).Tokens.Total() != 3_000 {
			t.Errorf("the month is %+v, the session's own %+v", b, h.read(v).Tokens)
		}
	})
}

// TestAPriceCountsFromItsTime: a call is charged what held when it began, an earlier one is never charged again.
func TestAPriceCountsFromItsTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, key := h.talking("ses_main")
		dollar := func(n int64) usage.Price { return usage.Price{Input: n * 1_000_000, Output: n * 1_000_000} }
		price := func(n int64) {
			h.clock.Advance(time.Minute)
			ok(t, h.app.Models.AddPrice(t.Context(), appkernel.Operator(), instance.Price{Provider: "local", Model: "small", Price: dollar(n)}))
			h.clock.Advance(time.Minute)
		}
		ends := func(adm appwork.Admission) {
			call := finished(adm.Session, adm.Model.Price.Cost(usage.Counts{Input: 100}))
			call.ID, call.Counts, call.Started = adm.CallID, usage.Counts{Input: 100}, h.clock.Now()
			ok(t, h.app.Work.RecordCall(t.Context(), h.alpha.ID, call, nil))
		}
		price(1)
		first, err := h.admits(key, "ses_main")
		ok(t, err)
		price(50) // in the middle of the call
		ends(first)
		if got := h.read(v).CostMicroUSD; got != 100 {
			t.Errorf("the call in flight cost %d", got)
		}
		second, err := h.admits(key, "ses_main")
		ok(t, err)
		ends(second)
		ok(t, h.app.Models.SetProviderModels(t.Context(), h.lead, h.provider(), []provider.Model{{ID: "small", Context: 9000, Output: 900, Price: dollar(7)}}))
		if got := h.read(v).CostMicroUSD; got != 100+5_000 || h.budget().Used.Cost != got {
			t.Errorf("both cost %d, the month %d", got, h.budget().Used.Cost)
		}
	})
}
