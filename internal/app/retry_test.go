package app_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

func TestRetryKeepsOrForgets(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for name, c := range map[string]struct {
			end                session.Status
			fresh              bool
			conversation, base string
		}{
			"the same":       {session.Failed, false, "ses_1", "c0ffee"},
			"fresh":          {session.Failed, true, "", ""},
			"orphaned":       {session.Orphaned, false, "", "c0ffee"},
			"orphaned fresh": {session.Orphaned, true, "", ""},
		} {
			v, l := h.claimed()
			ok(t, h.app.Work.SetConversation(t.Context(), l, "ses_1"))
			ok(t, h.app.Work.SetTree(t.Context(), l, "c0ffee"))
			ok(t, h.app.Work.Move(t.Context(), l, c.end, session.Reason{Code: session.AgentError, Message: "It broke."}))
			v, err := h.app.Work.RetrySession(t.Context(), h.member, v.ID, c.fresh)
			ok(t, err)
			if v.Status != session.Queued || v.Attempt != 2 || v.Conversation != c.conversation || v.BaseCommit != c.base || v.RetryCount != 0 {
				t.Errorf("%s: %s, attempt %d, %q from %q, %d retries", name, v.Status, v.Attempt, v.Conversation, v.BaseCommit, v.RetryCount)
			}
			h.claims(100)
		}
	})
}

func TestAutomaticRetries(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		why := session.Reason{Code: session.ModelUnavailable, Message: "The model is down."}
		for n := range session.MaxAutomaticRetries {
			ok(t, h.app.Work.Move(ctx, l, session.Failed, why))
			v = h.read(v)
			delay := session.RetryDelay(n, 0)
			if v.Status != session.Pending || v.RetryCount != n+1 || v.RetryAt == nil || v.RetryAt.Before(h.clock.Now().Add(delay)) || v.Reason != why {
				t.Fatalf("failure %d: %s, retry %d at %v because of %v", n+1, v.Status, v.RetryCount, v.RetryAt, v.Reason)
			}
			ok(t, h.app.Work.Requeue(ctx, v.Tenant, v.ID))
			if got := h.read(v).Status; got != session.Pending {
				t.Errorf("a retry that is not due made it %s", got)
			}
			h.clock.Advance(delay + delay/5 + time.Second)
			ok(t, h.app.Work.Requeue(ctx, v.Tenant, v.ID))
			if v, l = h.claim(v); v.Attempt != n+2 || v.RetryAt != nil {
				t.Errorf("attempt %d, retry at %v", v.Attempt, v.RetryAt)
			}
		}
		ok(t, h.app.Work.Move(ctx, l, session.Failed, why))
		if v = h.read(v); v.Status != session.Failed || v.RetryAt != nil || v.RetryCount != 3 {
			t.Errorf("after the last: %s, retry at %v, %d counted", v.Status, v.RetryAt, v.RetryCount)
		}
		v, err := h.app.Work.RetrySession(ctx, h.member, v.ID, false)
		if ok(t, err); v.RetryCount != 0 || v.Attempt != 5 {
			t.Errorf("a person's retry: %d counted, attempt %d", v.RetryCount, v.Attempt)
		}
	})
}

// A provider that names the time at which it works again is asked then, and the session has no slot until then.
func TestARetryWaitsForTheProvider(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, l := h.claimed()
		at := h.clock.Now().Add(5 * time.Hour)
		ok(t, h.app.Work.Move(ctx, l, session.Failed, session.Reason{Code: session.ModelRateLimited, Message: "The model provider accepts no requests until 16:00.", RetryAt: at}))
		v = h.read(v)
		if v.Status != session.Pending || v.RetryAt == nil || !v.RetryAt.Equal(at) || v.Status.Active() {
			t.Fatalf("%s, retry at %v, want %v", v.Status, v.RetryAt, at)
		}
		h.clock.Advance(5*time.Hour - time.Minute)
		ok(t, h.app.Work.Requeue(ctx, v.Tenant, v.ID))
		if got := h.read(v).Status; got != session.Pending {
			t.Errorf("a minute before it is %s", got)
		}
		h.clock.Advance(time.Minute)
		ok(t, h.app.Work.Requeue(ctx, v.Tenant, v.ID))
		if got := h.read(v).Status; got != session.Queued {
			t.Errorf("at the time it is %s", got)
		}
		_, l = h.claim(v)
		ok(t, h.app.Work.Move(ctx, l, session.Failed, session.Reason{Code: session.ModelAccount, Message: "No credit is left."}))
		if v = h.read(v); v.Status != session.Failed || v.RetryAt != nil {
			t.Errorf("without credit: %s, retry at %v", v.Status, v.RetryAt)
		}
	})
}

func TestOtherFailuresWaitForAPerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, code := range []session.ReasonCode{session.ModelAuth, session.AgentError, session.WorkspaceError, session.ContextOverflow} {
			v, l := h.claimed()
			ok(t, h.app.Work.Move(t.Context(), l, session.Failed, session.Reason{Code: code}))
			if v = h.read(v); v.Status != session.Failed || v.RetryAt != nil {
				t.Errorf("%s: %s, retry at %v", code, v.Status, v.RetryAt)
			}
		}
	})
}

func TestRequeueTakesNoDraftAndNoPersonsPause(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		paused, l := h.claimed()
		_, err := h.app.Work.PauseSession(ctx, h.member, paused.ID)
		ok(t, err)
		for _, v := range []session.Session{h.draft(), paused} {
			before := h.read(v)
			ok(t, h.app.Work.Requeue(ctx, v.Tenant, v.ID))
			if diff := cmp.Diff(before, h.read(v)); diff != "" {
				t.Errorf("a %s session was taken up:\n%s", before.Status, diff)
			}
		}
		refused(t, "a loop's move of a paused session", h.app.Work.Move(ctx, l, session.Failed, session.Reason{}), fault.Conflict)
		shut, l2 := h.claimed()
		ok(t, h.app.Work.Move(ctx, l2, session.Paused, session.Reason{Code: session.Shutdown, Message: "The server stops."}))
		ok(t, h.app.Work.Requeue(ctx, shut.Tenant, shut.ID))
		if got := h.read(shut); got.Status != session.Queued || got.Attempt != 1 {
			t.Errorf("after a shutdown: %s, attempt %d", got.Status, got.Attempt)
		}
	})
}
