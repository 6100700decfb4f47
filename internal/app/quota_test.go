package app_test

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// tokens sets alpha's monthly limit of tokens.
func (h *house) tokens(n int64) {
	h.t.Helper()
	p := &n
	ok(h.t, h.app.Console.SetQuota(h.t.Context(), appkernel.Operator(), h.alpha.ID, appconsole.Quota{Tokens: &p}))
}

func (h *house) budget() quota.Budget {
	h.t.Helper()
	b, err := h.app.Models.Budget(h.t.Context(), h.viewer)
	ok(h.t, err)
	return b
}

// admits asks for a call of 200 bytes with an answer of at most 900 tokens: a thousand are reserved.
func (h *house) admits(key, conversation string) (appwork.Admission, error) {
	return h.app.Work.AdmitCall(h.t.Context(), appwork.CallRequest{Key: key, Provider: "local", Model: "small", Conversation: conversation, PromptBytes: 200, MaxTokens: 900})
}

// ends settles an admitted call with some counts.
func (h *house) ends(adm appwork.Admission, c usage.Counts) {
	h.t.Helper()
	call := finished(adm.Session, 7)
	call.ID, call.AgentSession, call.Counts, call.Started = adm.CallID, "ses_main", c, h.clock.Now()
	ok(h.t, h.app.Work.RecordCall(h.t.Context(), h.alpha.ID, call, nil))
}

func TestACallReservesAndSettles(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, key := h.talking("ses_main")
		h.tokens(10_000)
		adm, err := h.admits(key, "ses_main")
		if ok(t, err); adm.MaxTokens != 900 || h.budget().Held.Tokens != 1_000 || h.budget().Used.Tokens != 0 {
			t.Errorf("reserved: %+v, %+v", adm.MaxTokens, h.budget())
		}
		for range 2 { // reported twice
			h.ends(adm, usage.Counts{Input: 100, Output: 10, CacheRead: 50})
		}
		if b := h.budget(); b.Held != (quota.Amount{}) || b.Used != (quota.Amount{Tokens: 115, Cost: 7}) {
			t.Errorf("settled: %+v", b)
		}
		adm, err = h.admits(key, "ses_main") // never below the input that was last reported
		if ok(t, err); h.budget().Held.Tokens != 150+900 {
			t.Errorf("the second call reserves %d", h.budget().Held.Tokens)
		}
		_, err = h.app.Work.StopSession(t.Context(), h.member, v.ID)
		ok(t, err)
		h.ends(adm, usage.Counts{}) // late, and without a report
		if b := h.budget(); b.Held != (quota.Amount{}) || b.Used.Tokens != 115 {
			t.Errorf("settled late: %+v", b)
		}
	})
}

func TestReportsThatCannotBeTrueDoNotBreakTheBudget(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, key := h.talking("ses_main")
		h.tokens(quota.MaxLimit)
		for _, c := range []usage.Counts{{Input: -5, Output: 3}, {Input: math.MinInt64}, {Input: math.MaxInt64, Output: math.MaxInt64, CacheRead: math.MaxInt64}} {
			adm, err := h.admits(key, "ses_main")
			ok(t, err)
			h.ends(adm, c)
		}
		if b := h.budget(); b.Held != (quota.Amount{}) || b.Used.Tokens != 3+2*usage.MostTokens+usage.MostTokens/10 {
			t.Errorf("after them: %+v", b)
		}
	})
}

func TestWhatDoesNotFitIsLoweredOrRefusedWithAllFacts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, key := h.talking("ses_main")
		h.tokens(1_500)
		_, err := h.admits(key, "ses_main")
		ok(t, err)
		if adm, err := h.app.Work.AdmitCall(t.Context(), appwork.CallRequest{Key: key, Provider: "local", Model: "small", Conversation: "ses_sub", Parent: "ses_main", PromptBytes: 200, MaxTokens: 900}); err != nil || adm.MaxTokens != 400 || adm.Session != v.ID {
			t.Errorf("a sub-agent's call: %+v, %v", adm, err)
		}
		_, err = h.admits(key, "ses_main")
		var f *fault.Error
		if refused(t, "at the limit", err, fault.Exhausted); !errors.As(err, &f) || f.Limit == nil {
			t.Fatalf("it names no limit: %v", err)
		}
		if l := *f.Limit; l != (fault.Limit{Name: quota.TokensPerMonth, Value: 1_500, Used: 1_500, Held: 1_500, FreesAt: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), WhoCan: "admin"}) {
			t.Errorf("the limit is %+v", l)
		}
		if want := "Model call rejected: the team has used or reserved 1,500 of 1,500 tokens this month. The limit resets on 1 Apr, 00:00 UTC. An admin can raise the limit."; err.Error() != want {
			t.Errorf("it says %q", err)
		}
	})
}

func TestManyCallsAtOnceStayWithinTheBudget(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.app = app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Keys: h.keys, Unwatched: true}) // a thousand calls at once are a loop
		_, key := h.talking("ses_main")
		h.tokens(100_000)
		var all sync.WaitGroup
		for range 1_000 {
			all.Go(func() {
				adm, err := h.admits(key, "ses_main")
				if err == nil {
					h.ends(adm, usage.Counts{Input: 100, Output: 900})
				} else if !fault.Is(err, fault.Exhausted) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if b := h.budget(); b.Used.Tokens > 100_000 || b.Used.Tokens < 99_000 || b.Held.Tokens != 0 {
			t.Errorf("they used %+v", b)
		}
	})
}

func TestACrashBetweenReservingAndSettlingIsChargedAtTheBound(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, key := h.talking("ses_main")
		adm, err := h.admits(key, "ses_main")
		ok(t, err)
		ok(t, h.app.Work.SettleLost(t.Context()))
		if h.budget().Held.Tokens != 1_000 {
			t.Fatalf("a living server's call was settled: %+v", h.budget())
		}
		other := app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Instance: "elsewhere"})
		ok(t, other.Work.SettleLost(t.Context()))
		if h.budget().Held.Tokens != 1_000 {
			t.Fatalf("another server settled it: %+v", h.budget())
		}
		again := app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock}) // the same data, restarted
		for range 2 {
			ok(t, again.Work.SettleLost(t.Context()))
		}
		h.ends(adm, usage.Counts{Input: 1}) // too late: it is charged already
		if b := h.budget(); b.Held != (quota.Amount{}) || b.Used.Tokens != 1_000 || h.read(v).Tokens.Total() != 1_000 {
			t.Errorf("after the restart: %+v, %+v", b, h.read(v).Tokens)
		}
		cs, _, err := h.app.Work.Calls(t.Context(), h.lead, v.ID, "", 10)
		if ok(t, err); len(cs) != 1 || !cs[0].Estimated || !strings.Contains(cs[0].Error, "the maximum that was reserved") {
			t.Errorf("the call is kept as %+v", cs)
		}
	})
}

func TestASilentServersCallsAreSettledByAnother(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, key := h.talking("ses_main")
		_, err := h.admits(key, "ses_main")
		ok(t, err)
		other := app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Instance: "elsewhere"})
		h.clock.Advance(50 * time.Second)
		ok(t, h.app.Work.KeepBudgets(t.Context()))
		h.clock.Advance(50 * time.Second)
		if ok(t, other.Work.KeepBudgets(t.Context())); h.budget().Held.Tokens != 1_000 {
			t.Errorf("it was settled although its server is alive: %+v", h.budget())
		}
		h.clock.Advance(50 * time.Second)
		if ok(t, other.Work.KeepBudgets(t.Context())); h.budget().Held.Tokens != 0 || h.budget().Used.Tokens != 1_000 {
			t.Errorf("it was not settled: %+v", h.budget())
		}
	})
}

func TestACallBelongsToTheMonthItBeganIn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, key := h.talking("ses_main")
		h.clock.Advance(time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC).Sub(h.clock.Now()))
		adm, err := h.admits(key, "ses_main")
		ok(t, err)
		h.clock.Advance(2 * time.Second)
		h.ends(adm, usage.Counts{Input: 70})
		if b := h.budget(); b.Month != "2026-04" || b.Used.Tokens != 0 || b.Held.Tokens != 0 {
			t.Errorf("the new month: %+v", b)
		}
		if got := dbtest.Rows(t, h.d, `SELECT month || ' ' || used_tokens || ' ' || held_tokens FROM budgets ORDER BY month`); len(got) != 1 || got[0] != "2026-03 70 0" {
			t.Errorf("months: %v", got)
		}
		if days := dbtest.Rows(t, h.d, `SELECT day FROM usage_days`); len(days) != 1 || days[0] != "2026-03-31" {
			t.Errorf("days: %v", days)
		}
	})
}

func TestAtTheLimitNothingStarts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		queued := h.at(session.Queued)
		h.tokens(0)
		_, err := h.app.Work.CreateSession(ctx, h.member, wanted(), true)
		refused(t, "a start", err, fault.Exhausted)
		v := h.draft()
		_, err = h.app.Work.StartSession(ctx, h.member, v.ID)
		if refused(t, "a draft's start", err, fault.Exhausted); h.read(v).Status != session.Pending {
			t.Errorf("the draft is %s", h.read(v).Status)
		}
		if want := "Not started: the team's limit is 0 tokens per month. It does not reset. An admin can raise the limit."; err.Error() != want {
			t.Errorf("it says %q", err)
		}
		if got := h.claims(10); len(got) != 0 {
			t.Errorf("%d sessions were claimed", len(got))
		}
		q, err := h.app.Work.SessionQueue(ctx, h.member, queued)
		if ok(t, err); !strings.HasPrefix(q.Reason, "Place 1: waiting for budget: the team's limit is 0 tokens") {
			t.Errorf("it waits for %q", q.Reason)
		}
	})
}

// TestSessionsPausedForTheBudgetGoOnByThemselves: exactly those, when the limit is raised or the month turns.
func TestSessionsPausedForTheBudgetGoOnByThemselves(t *testing.T) {
	for name, frees := range map[string]func(*house){
		"a granted request": func(h *house) {
			more := int64(5_000)
			r, err := h.app.Models.RequestBudget(h.t.Context(), h.lead, quota.Limits{Tokens: &more}, "The release is due.")
			ok(h.t, err)
			_, err = h.app.Console.GrantBudget(h.t.Context(), appkernel.Operator(), h.alpha.ID, r.ID, "Until spring.")
			ok(h.t, err)
		},
		"a new month": func(h *house) { h.clock.Advance(31 * 24 * time.Hour) },
		"no limit": func(h *house) {
			ok(h.t, h.app.Console.SetQuota(h.t.Context(), appkernel.Operator(), h.alpha.ID, appconsole.Quota{Tokens: new(*int64)}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				v, key := h.talking("ses_main")
				byHand := h.at(session.Paused)
				h.tokens(1_000)
				_, err := h.admits(key, "ses_main")
				ok(t, err)
				_, err = h.admits(key, "ses_main")
				refused(t, "the second call", err, fault.Exhausted)
				why := session.Reason{Code: session.BudgetExhausted, Message: err.Error()}
				v = h.read(v)
				ok(t, h.app.Work.Move(t.Context(), h.leaseOf(v), session.Paused, why))
				ok(t, h.app.Work.KeepBudgets(t.Context()))
				if got := h.read(v).Status; got != session.Paused {
					t.Fatalf("without headroom it is %s", got)
				}
				frees(h)
				for range 2 {
					ok(t, h.app.Work.KeepBudgets(t.Context()))
				}
				if v, other := h.read(v).Status, h.read(byHand).Status; v != session.Queued || other != session.Paused {
					t.Errorf("it is %s, the one paused by hand is %s", v, other)
				}
			})
		})
	}
}

func TestLeadsAreToldOnceAMonth(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.posting()
		_, key := h.talking("ses_main")
		h.tokens(2_000)
		for i, n := range []int64{600, 1_000, 100} {
			adm, err := h.admits(key, "ses_main")
			ok(t, err)
			h.ends(adm, usage.Counts{Output: n})
			if b := h.budget(); (b.NoticedAt != nil) != (i > 0) {
				t.Errorf("after call %d: %+v", i, b)
			}
		}
		n := 0
		for _, verb := range h.audits() {
			if verb == "notice_budget" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("they were notified %d times", n)
		}
		if ls := h.mailbox(); len(ls) != 1 || ls[0].User != h.lead.User || ls[0].Kind != letter.BudgetNotice || ls[0].Data.Month == "" {
			t.Errorf("letters went out: %+v", ls)
		}
	})
}

// leaseOf is the lease of a running session, from its row.
func (h *house) leaseOf(v session.Session) appwork.Lease {
	h.t.Helper()
	owner := dbtest.Rows(h.t, h.d, `SELECT lease_owner FROM sessions WHERE id = '`+string(v.ID)+`'`)
	return appwork.Lease{Tenant: v.Tenant, Session: v.ID, Attempt: v.Attempt, Token: owner[0]}
}
