package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const headCommit, mergeCommit = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222"

// The acts of the fake forge, which has at most one pull request.

func (f *fakeForge) Open(_ context.Context, n forge.New) (forge.PullRequest, error) {
	f.opened = append(f.opened, n)
	if f.pull.Number == 0 && f.openErr == nil || f.openAnyway {
		f.pull = forge.PullRequest{Number: 7, URL: "https://git.example.org/acme/billing/pulls/7", State: forge.Open, Title: n.Title, Base: n.Base, Branch: n.Branch, Draft: n.Draft, Head: headCommit}
	}
	return f.pull, f.openErr
}

func (f *fakeForge) Find(_ context.Context, n forge.New) (forge.PullRequest, error) {
	if f.pull.Number == 0 || f.pull.Branch != n.Branch {
		return forge.PullRequest{}, &forge.Refusal{Reason: forge.Missing}
	}
	return f.pull, nil
}

func (f *fakeForge) Read(context.Context, int) (forge.PullRequest, error) {
	f.reads.Add(1)
	return f.pull, f.err
}

func (f *fakeForge) Checks(context.Context, forge.PullRequest) (forge.Checks, error) {
	return f.checks, nil
}

func (f *fakeForge) MarkReady(context.Context, forge.PullRequest) error {
	f.pull.Draft = false
	return f.err
}

func (f *fakeForge) Merge(_ context.Context, m forge.MergeRequest) error {
	if m.Head != f.pull.Head {
		return &forge.Refusal{Reason: forge.HeadMoved}
	}
	if f.err == nil {
		f.pull.State, f.pull.MergeCommit = forge.Merged, mergeCommit
	}
	return f.err
}

func (f *fakeForge) Close(context.Context, int) error { f.pull.State = forge.Closed; return f.err }

func (h *house) reverted(_ context.Context, _ tenant.ID, _ repository.ID, base, commit string) (bool, error) {
	return h.revertedCommit != "" && base == "main" && commit == h.revertedCommit, nil
}

func (h *house) conflicts(_ context.Context, _ tenant.ID, _ repository.ID, base, commit string) ([]string, error) {
	if base != "main" || commit != headCommit {
		return nil, fmt.Errorf("no %s or %s", base, commit)
	}
	return h.conflicting, nil
}

// done makes a completed session of the member on a repository with a forge.
func (h *house) done(name string) session.Session {
	h.t.Helper()
	r := h.forged(name)
	v := wanted()
	v.RepositoryID = r.ID
	v, err := h.app.Work.CreateSession(h.t.Context(), h.member, v, false)
	ok(h.t, err)
	v, err = h.app.Work.StartSession(h.t.Context(), h.member, v.ID)
	ok(h.t, err)
	v, l := h.claim(v)
	said := event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{Text: "A start over budget is refused now."})
	ok(h.t, h.app.Work.AppendEvents(h.t.Context(), l, said))
	ok(h.t, h.app.Work.SetDiff(h.t.Context(), l, []session.FileChange{{Path: "budget.go", Status: "modified", Additions: 3, Deletions: 1, Patch: "@@ -1,2 +1,4 @@\n a\n+b\n"}}, []byte("x"), false))
	ms, err := h.app.Work.Messages(h.t.Context(), h.member, v.ID)
	ok(h.t, err)
	ok(h.t, h.app.Work.Record(h.t.Context(), l, session.Batch{Sent: []string{ms[0].ID}}))
	_, err = h.app.Work.Complete(h.t.Context(), l)
	ok(h.t, err)
	return h.read(v)
}

func TestAPullRequestIsProposedFromTheConversation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.done("proposed")
		p, f, open, err := h.app.Work.ProposePull(t.Context(), h.member, v.ID)
		ok(t, err)
		if p.Title != v.Title || p.Base != "main" || p.Branch != v.Branch || p.Draft || f.Settings != someForge || open != nil || p.Files != 1 ||
			!strings.HasPrefix(p.Body, "A start over budget is refused now.") || !strings.Contains(p.Body, "`budget.go` (+3 −1)") {
			t.Errorf("%+v, %+v, %v", p, f, open)
		}
		for _, private := range []string{v.Prompt, v.Model, "$"} {
			if strings.Contains(p.Title+p.Body, private) {
				t.Errorf("%q is in the proposal: %s", private, p.Body)
			}
		}
		for name, by := range map[string]tenant.Actor{"a viewer": h.viewer, "another member": h.second} {
			if _, _, _, err := h.app.Work.ProposePull(t.Context(), by, v.ID); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestOpenPullPushesAndOpensOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.done("opened")
		no := false
		n := appwork.NewPull{Branch: "fix/budget", Title: "Refuse it", Draft: &no}
		p, err := h.app.Work.OpenPull(t.Context(), h.member, v.ID, n)
		ok(t, err)
		again, err := h.app.Work.OpenPull(t.Context(), h.lead, v.ID, n)
		ok(t, err)
		if p.Number != 7 || again.Number != 7 || p.Host != "git.example.org" || p.State != forge.Open || again.OpenedByName != h.member.Name || len(h.forge.opened) != 1 || len(h.publisher.published) != 1 || h.publisher.published[0].Branch != "fix/budget" {
			t.Errorf("%+v, %+v, opened %d, pushed %v", p, again, len(h.forge.opened), h.publisher.published)
		}
		sent := h.forge.opened[0]
		if sent.Title != "Refuse it" || sent.Base != "main" || sent.Marker == "" || !strings.HasPrefix(sent.Body, "A start over budget") {
			t.Errorf("sent %+v", sent)
		}
		last := h.log(v)[len(h.log(v))-1]
		if last.Type != event.SessionPull || event.Decode[event.Pull](last).Change != "opened" || last.Actor.Name != h.member.Name {
			t.Errorf("the last event is %+v", last)
		}
	})
}

func TestAnOpenWithoutAnAnswerIsFoundByItsBranch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.done("lost")
		h.forge.openErr, h.forge.openAnyway = &forge.Refusal{Reason: forge.TimedOut}, true
		p, err := h.app.Work.OpenPull(t.Context(), h.member, v.ID, appwork.NewPull{})
		if err != nil || p.Number != 7 || len(h.forge.opened) != 1 {
			t.Errorf("%+v, %v, %d opens", p, err, len(h.forge.opened))
		}
		// The server ended between the answer of the forge and its row.
		ok(t, h.d.Update(t.Context(), h.alpha.ID, func(s *dbkernel.Scope) error {
			return dbwork.On(s).SetPull(t.Context(), session.Pull{Session: v.ID, PullRequest: forge.PullRequest{Number: 7, State: forge.Closed}, ReadAt: h.clock.Now(), ChangedAt: h.clock.Now()}, nil)
		}))
		h.forge.openErr, h.forge.openAnyway = &forge.Refusal{Reason: forge.Exists, Status: 409}, false
		p, err = h.app.Work.OpenPull(t.Context(), h.member, v.ID, appwork.NewPull{})
		if err != nil || p.Number != 7 || p.State != forge.Open {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestWhyAPullRequestIsNotOpened(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v := h.done("refused")
		open := func(n appwork.NewPull) error { _, err := h.app.Work.OpenPull(ctx, h.member, v.ID, n); return err }
		for _, c := range []struct {
			n     appwork.NewPull
			field string
		}{{appwork.NewPull{Branch: "-x"}, "branch"}, {appwork.NewPull{Branch: "main"}, "branch"}, {appwork.NewPull{Base: "a b"}, "base"},
			{appwork.NewPull{Title: "a\nb"}, "title"}, {appwork.NewPull{Title: strings.Repeat("x", 201)}, "title"}, {appwork.NewPull{Body: strings.Repeat("x", 20_001)}, "body"}} {
			if err := open(c.n); fieldOf(err) != c.field {
				t.Errorf("%.40v: %v", c.n, err)
			}
		}
		h.publisher.err = fault.New(fault.Conflict, "rejected")
		if err := open(appwork.NewPull{}); err == nil || err.Error() != "rejected" || len(h.forge.opened) > 0 {
			t.Errorf("after a push that failed: %v, %d opens", err, len(h.forge.opened))
		}
		h.publisher.err, h.forge.openErr = nil, &forge.Refusal{Reason: forge.Forbidden, Text: "no scope"}
		if err := open(appwork.NewPull{}); !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "git.example.org") || !strings.HasSuffix(err.Error(), "It reported: no scope") {
			t.Errorf("%v", err)
		}
		ok(t, h.app.Repos.RemoveForge(ctx, h.lead, v.RepositoryID))
		if err := open(appwork.NewPull{}); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "has no forge") {
			t.Errorf("%v", err)
		}
		if _, err := h.app.Work.OpenPull(ctx, h.stranger, v.ID, appwork.NewPull{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
	})
}

// passes lets time go by and runs a pass of the loop.
func (h *house) passes(d time.Duration) session.Pull {
	h.t.Helper()
	h.clock.Advance(d)
	ok(h.t, h.app.Work.KeepPulls(h.t.Context()))
	var all []session.Pull
	ok(h.t, h.d.View(h.t.Context(), h.alpha.ID, func(s *dbkernel.Scope) (err error) {
		all, err = dbwork.On(s).Pulls(h.t.Context(), h.forge.session)
		return err
	}))
	return all[0]
}

func TestAPullRequestIsReadAsOftenAsItMatters(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.done("read")
		_, err := h.app.Work.OpenPull(t.Context(), h.member, v.ID, appwork.NewPull{})
		ok(t, err)
		h.forge.session = v.ID
		look := func() { _, err := h.app.Work.Pulls(t.Context(), h.viewer, v.ID); ok(t, err) }
		for i, c := range []struct {
			d     time.Duration
			looks bool
			reads int64
		}{{30 * time.Second, false, 0}, {31 * time.Second, false, 1}, {2 * time.Minute, false, 1}, {9 * time.Minute, false, 2}, {30 * time.Second, true, 2}, {31 * time.Second, false, 3}, {2 * time.Minute, false, 3}} {
			if c.looks {
				look()
			}
			h.passes(c.d)
			if n := h.forge.reads.Load(); n != c.reads {
				t.Errorf("step %d: %d readings, want %d", i, n, c.reads)
			}
		}
		h.forge.err = &forge.Refusal{Reason: forge.Limited, RetryAfter: 40 * time.Minute, Text: "slow down"}
		if p := h.passes(10 * time.Minute); !strings.Contains(p.Trouble, "slow down") || p.State != forge.Open {
			t.Errorf("%+v", p)
		}
		n := h.forge.reads.Load()
		if h.passes(20 * time.Minute); h.forge.reads.Load() != n {
			t.Error("a forge that wants no requests received one")
		}
		h.forge.err = nil
		if p := h.passes(21 * time.Minute); p.Trouble != "" {
			t.Errorf("%+v", p)
		}
	})
}

func TestWhatHappensOnTheForgeIsSeen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.done("seen")
		yes := true
		_, err := h.app.Work.OpenPull(t.Context(), h.member, v.ID, appwork.NewPull{Draft: &yes})
		ok(t, err)
		h.forge.session = v.ID
		h.forge.checks = forge.Checks{{Name: "build", Status: forge.CheckFailed}, {Name: "lint", Status: forge.CheckPassed}}
		if p := h.passes(time.Hour); p.Line() != "PR #7, 1 check failed" || len(p.Checks) != 2 {
			t.Errorf("%s, %+v", p.Line(), p)
		}
		h.forge.pull.Draft, h.forge.checks = false, nil
		h.passes(time.Hour)
		h.forge.pull.State = forge.Closed
		h.passes(time.Hour)
		h.forge.pull.State = forge.Open
		h.passes(2 * time.Hour)
		h.forge.pull.State, h.forge.pull.MergeCommit = forge.Merged, mergeCommit
		if p := h.passes(time.Hour); p.State != forge.Merged || p.MergeCommit != mergeCommit {
			t.Errorf("%+v", p)
		}
		h.passes(2 * time.Hour)
		h.revertedCommit = mergeCommit
		if p := h.passes(2 * time.Hour); p.State != forge.Reverted || p.NextReadAt != nil {
			t.Errorf("%+v", p)
		}
		if o, err := h.app.Work.Outcomes(t.Context(), h.viewer, v.ID); err != nil || o[0].MergedCommit != mergeCommit || o[0].MergedAt == nil || o[0].RevertedAt == nil {
			t.Errorf("the outcome is %+v, %v", o, err)
		}
		var changes []string
		for _, e := range h.log(v) {
			if e.Type == event.SessionPull {
				changes = append(changes, event.Decode[event.Pull](e).Change)
			}
		}
		if got := strings.Join(changes, " "); got != "opened checks_failed ready closed reopened merged reverted" {
			t.Errorf("events: %s", got)
		}
		n := h.forge.reads.Load()
		if h.passes(1000 * time.Hour); h.forge.reads.Load() != n {
			t.Error("a reverted pull request is still read")
		}
	})
}

func TestActsOnAPullRequest(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v := h.done("acts")
		if _, err := h.app.Work.MergePull(ctx, h.member, v.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("without a pull request: %v", err)
		}
		yes := true
		_, err := h.app.Work.OpenPull(ctx, h.member, v.ID, appwork.NewPull{Draft: &yes})
		ok(t, err)
		p, err := h.app.Work.MarkPullReady(ctx, h.member, v.ID)
		if err != nil || p.Draft {
			t.Errorf("%+v, %v", p, err)
		}
		for name, by := range map[string]tenant.Actor{"a viewer": h.viewer, "another member": h.second} {
			if _, err := h.app.Work.MergePull(ctx, by, v.ID); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.forge.pull.Head = mergeCommit
		if _, err := h.app.Work.MergePull(ctx, h.member, v.ID); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "other commits than this page shows") {
			t.Errorf("a branch that moved: %v", err)
		}
		h.forge.pull.Head = headCommit
		h.forge.err = &forge.Refusal{Reason: forge.Later, Status: 405}
		if _, err := h.app.Work.MergePull(ctx, h.member, v.ID); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a forge that still computes: %v", err)
		}
		h.conflicting = []string{"a.go", "b.go"}
		if _, err := h.app.Work.MergePull(ctx, h.member, v.ID); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Conflicts in a.go, b.go") {
			t.Errorf("a conflict that the forge does not name: %v", err)
		}
		h.forge.err = nil
		p, err = h.app.Work.MergePull(ctx, h.lead, v.ID)
		if err != nil || p.State != forge.Merged || p.MergeCommit != mergeCommit {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := h.app.Work.ClosePull(ctx, h.lead, v.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("a merged one was closed: %v", err)
		}
		found, err := h.app.Work.PullsOf(ctx, h.viewer, []session.ID{v.ID})
		if err != nil || found[v.ID].Line() != "PR #7, merged" {
			t.Errorf("%+v, %v", found, err)
		}
	})
}

func TestAWebhookIsSignedAndOnlyAPrompt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v := h.done("hooked")
		_, err := h.app.Work.OpenPull(ctx, h.member, v.ID, appwork.NewPull{})
		ok(t, err)
		h.forge.session = v.ID
		h.passes(time.Minute)
		hook, key, err := h.app.Repos.MakeForgeHook(ctx, h.lead, v.RepositoryID)
		ok(t, err)
		body := []byte(`{"action":"closed","number":7,"pull_request":{"merged":true}}`)
		sign := func(key string) string {
			mac := hmac.New(sha256.New, []byte(key))
			mac.Write(body)
			return hex.EncodeToString(mac.Sum(nil))
		}
		good := appwork.HookRequest{Hook: hook, Signature: "sha256=" + sign(key), Delivery: "d1", Body: body}
		for name, bad := range map[string]appwork.HookRequest{
			"unknown":           {Hook: "x", Signature: good.Signature, Delivery: "d1", Body: body},
			"no name":           {Signature: good.Signature, Delivery: "d1", Body: body},
			"another key":       {Hook: hook, Signature: sign("x"), Delivery: "d1", Body: body},
			"another body":      {Hook: hook, Signature: good.Signature, Delivery: "d1", Body: []byte(`{}`)},
			"no signature":      {Hook: hook, Delivery: "d1", Body: body},
			"no hex":            {Hook: hook, Signature: "sha256=zz", Delivery: "d1", Body: body},
			"the key as GitLab": {Hook: hook, Token: key, Delivery: "d1", Body: body},
		} {
			if err := h.app.Work.ReceiveHook(ctx, bad); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
		}
		n := h.forge.reads.Load()
		if h.passes(time.Second); h.forge.reads.Load() != n {
			t.Error("a refused request had an effect")
		}
		ok(t, h.app.Work.ReceiveHook(ctx, good))
		if p := h.passes(time.Second); h.forge.reads.Load() != n+1 || p.State != forge.Open {
			t.Errorf("%d readings, and the body was believed: %+v", h.forge.reads.Load()-n, p)
		}
		ok(t, h.app.Work.ReceiveHook(ctx, good)) // sent again
		if h.passes(time.Second); h.forge.reads.Load() != n+1 {
			t.Error("a delivery counted twice")
		}
		h.clock.Advance(25 * time.Hour)
		ok(t, h.app.Work.ReceiveHook(ctx, good))
		if rows := dbtest.Rows(t, h.d, `SELECT delivery FROM forge_deliveries`); len(rows) != 1 {
			t.Errorf("deliveries: %v", rows)
		}
		ok(t, h.app.Work.ReceiveHook(ctx, appwork.HookRequest{Hook: hook, Signature: sign(key), Body: body})) // Gitea's form, without a name
	})
}

func TestAPullRequestOfAnotherForgeIsNotRead(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v := h.done("elsewhere")
		_, err := h.app.Work.OpenPull(t.Context(), h.member, v.ID, appwork.NewPull{})
		ok(t, err)
		h.forge.session = v.ID
		other := someForge
		other.API = "https://other.example/api/v1"
		_, err = h.app.Repos.SetForge(t.Context(), h.lead, v.RepositoryID, other, "tok-2")
		ok(t, err)
		if p := h.passes(time.Hour); p.Trouble == "" || h.forge.reads.Load() != 0 {
			t.Errorf("%+v, %d readings", p, h.forge.reads.Load())
		}
		if _, err := h.app.Work.MergePull(t.Context(), h.lead, v.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("%v", err)
		}
	})
}
