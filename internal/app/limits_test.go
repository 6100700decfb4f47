package app_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

func (h *house) quota(q appconsole.Quota) {
	h.t.Helper()
	ok(h.t, h.app.Console.SetQuota(h.t.Context(), appkernel.Operator(), h.alpha.ID, q))
}

// limitOf is the limit that a refusal names.
func limitOf(t *testing.T, err error) fault.Limit {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Limit == nil {
		t.Fatalf("%v names no limit", err)
	}
	return *f.Limit
}

// TestSimultaneousStartsTakeTheirPlacesExactly: however many start at once, no more are taken than the queue has, or than may
// run where none may wait.
func TestSimultaneousStartsTakeTheirPlacesExactly(t *testing.T) {
	three, most, yes := 3, 1000, true
	for name, q := range map[string]appconsole.Quota{
		quota.QueuedSessions:     {MaxConcurrentSessions: &most, MaxQueuedSessions: &three},
		quota.ConcurrentSessions: {MaxConcurrentSessions: &three, MaxQueuedSessions: &most, RefuseWhenFull: &yes},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				h.quota(q)
				var started atomic.Int64
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						_, err := h.app.Work.CreateSession(t.Context(), h.member, wanted(), true)
						if err == nil {
							started.Add(1)
						} else if l := limitOf(t, err); l.Name != name || l.Value != 3 || l.Used != 3 {
							t.Errorf("%v: %+v", err, l)
						}
					})
				}
				all.Wait()
				if started.Load() != 3 {
					t.Errorf("%d were started", started.Load())
				}
			})
		})
	}
}

func TestARefusedStartIsTakenOnceAPlaceIsFree(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one, yes := 1, true
		h.quota(appconsole.Quota{MaxConcurrentSessions: &one, RefuseWhenFull: &yes})
		running := h.at(session.Running)
		v := h.draft()
		_, err := h.app.Work.StartSession(t.Context(), h.member, v.ID)
		if refused(t, "a start at a full quota", err, fault.Exhausted); h.read(v).Status != session.Pending {
			t.Errorf("it is %s", h.read(v).Status)
		}
		_, err = h.app.Work.StopSession(t.Context(), h.member, running.ID)
		ok(t, err)
		_, err = h.app.Work.StartSession(t.Context(), h.member, v.ID)
		ok(t, err)
	})
}

// TestFullStorageKeepsNothingMore: what runs is paused with the sentence, and starts, resumes and clones are refused with it
// until there is room.
func TestFullStorageKeepsNothingMore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		limit := int64(10 << 20)
		most := &limit
		h.quota(appconsole.Quota{Storage: &most})
		running, queued := h.at(session.Running), h.at(session.Queued)
		ok(t, h.app.Work.NoteStorage(ctx, h.alpha.ID, quota.Storage{Trees: 4 << 20, Clones: 5 << 20}))
		if got := h.read(running).Status; got != session.Running {
			t.Fatalf("with room it is %s", got)
		}
		ok(t, h.app.Work.NoteStorage(ctx, h.alpha.ID, quota.Storage{Trees: 7 << 20, Clones: 5 << 20}))
		v := h.read(running)
		if v.Status != session.Paused || v.Reason.Code != session.QuotaFull || !strings.HasPrefix(v.Reason.Message, "Paused: the team has used 12 MiB of 10 MiB of storage.") {
			t.Errorf("it is %s: %+v", v.Status, v.Reason)
		}
		_, start := h.app.Work.CreateSession(ctx, h.member, wanted(), true)
		_, resume := h.app.Work.ResumeSession(ctx, h.member, running.ID)
		_, clone := h.app.Repos.CreateRepository(ctx, h.lead, repository.Repository{Name: "shop", URL: "https://example.org/shop.git"}, "")
		for what, err := range map[string]error{"Not started": start, "Not resumed": resume, "Not cloned": clone} {
			refused(t, what, err, fault.Exhausted)
			if l := limitOf(t, err); l.Name != quota.StorageBytes || l.Value != limit || l.Used != 12<<20 || !strings.HasPrefix(err.Error(), what+": the team has used 12 MiB of 10 MiB") {
				t.Errorf("%v: %+v", err, l)
			}
		}
		if got := h.claims(10); len(got) != 0 {
			t.Errorf("%d of the queue were claimed", len(got))
		}
		if q, err := h.app.Work.SessionQueue(ctx, h.member, h.read(queued)); err != nil || !strings.Contains(q.Reason, "waiting for storage: the team has used 12 MiB of 10 MiB") {
			t.Errorf("the queue says %q, %v", q.Reason, err)
		}
		h.quota(appconsole.Quota{Storage: new(*int64)})
		_, err := h.app.Work.ResumeSession(ctx, h.member, running.ID)
		ok(t, err)
		if got := h.claims(10); len(got) != 2 {
			t.Errorf("with room %d of the queue were claimed", len(got))
		}
	})
}

// TestADeactivatedTeamAsksNoModel: an agent that still runs cannot spend, and a call in progress is still settled.
func TestADeactivatedTeamAsksNoModel(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, key := h.talking("ses_main")
		before, err := h.admits(key, "ses_main")
		ok(t, err)
		dbtest.Exec(t, h.d, `UPDATE tenants SET is_active = 0 WHERE slug = 'alpha'`)
		_, err = h.admits(key, "ses_main")
		if refused(t, "a call of a deactivated team", err, fault.Forbidden); err != nil && !strings.Contains(err.Error(), "deactivated") {
			t.Errorf("it says %q", err)
		}
		h.ends(before, usage.Counts{Input: 70})
		if b := h.budget(); b.Held != (quota.Amount{}) || b.Used.Tokens != 70 {
			t.Errorf("the call in progress: %+v", b)
		}
		dbtest.Exec(t, h.d, `UPDATE tenants SET is_active = 1 WHERE slug = 'alpha'`)
		_, err = h.admits(key, "ses_main")
		ok(t, err)
	})
}
