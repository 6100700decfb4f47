package app_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

var someForge = forge.Settings{Kind: forge.Gitea, API: "https://git.example.org/api/v1", Project: "acme/billing"}

// fakeForge is a forge of the tests. Every test sets what it answers.
type fakeForge struct {
	forge.Port
	access forge.Access
	err    error
	// pull is the only pull request, checks are its checks; session is whose it is. openErr is the answer to Open, which opens one all the same
	// with openAnyway.
	pull       forge.PullRequest
	checks     forge.Checks
	session    session.ID
	openErr    error
	openAnyway bool
	opened     []forge.New
	reads      atomic.Int64
	// connects are the settings and tokens of all connections.
	connects []string
	mu       sync.Mutex
}

func (f *fakeForge) Access(context.Context) (forge.Access, error) { return f.access, f.err }

func (f *fakeForge) connect(s forge.Settings, token string) (forge.Port, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.connects = append(f.connects, s.API+" "+s.Project+" "+token)
	return f, nil
}

// forged makes a repository of alpha with a forge.
func (h *house) forged(name string) repository.Repository {
	h.t.Helper()
	r := dbtest.Repository(h.t, h.d, h.alpha, name)
	_, err := h.app.Repos.SetForge(h.t.Context(), h.lead, r.ID, someForge, "tok-1")
	ok(h.t, err)
	return r
}

func TestAForgeIsCheckedBeforeItIsStored(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		r := dbtest.Repository(t, h.d, h.alpha, "checked")
		set := func(s forge.Settings, token string) error {
			_, err := h.app.Repos.SetForge(ctx, h.lead, r.ID, s, token)
			return err
		}
		for name, c := range map[string]struct {
			access forge.Access
			err    error
			field  string
		}{
			"a bad token":    {err: &forge.Refusal{Reason: forge.BadToken, Text: "nope"}, field: "token"},
			"no project":     {err: &forge.Refusal{Reason: forge.Missing}, field: "project"},
			"unreachable":    {err: &forge.Refusal{Reason: forge.Unreachable}, field: "api_url"},
			"only reading":   {access: forge.Access{CanRead: true, TakesPulls: true}, field: "token"},
			"no pulls there": {access: forge.Access{CanRead: true, CanPush: true}, field: "project"},
		} {
			h.forge.access, h.forge.err = c.access, c.err
			if err := set(someForge, "tok"); fieldOf(err) != c.field {
				t.Errorf("%s: field %q, %v", name, fieldOf(err), err)
			}
		}
		if f, err := h.app.Repos.Forge(ctx, h.viewer, r.ID); err != nil || f.IsSet() {
			t.Errorf("%+v, %v", f, err)
		}
		h.forge.access, h.forge.err = forge.Access{Account: "bot", CanRead: true, CanPush: true, TakesPulls: true}, nil
		ok(t, set(forge.Settings{Kind: forge.Gitea, API: " https://git.EXAMPLE.org/api/v1/ ", Project: "/acme/billing.git"}, " tok-1 "))
		f, err := h.app.Repos.Forge(ctx, h.viewer, r.ID)
		if err != nil || f.Settings != someForge || f.Access.Account != "bot" || !f.CheckedAt.Equal(h.clock.Now()) {
			t.Errorf("%+v, %v", f, err)
		}
		if row := strings.Join(dbtest.Rows(t, h.d, `SELECT token FROM repository_forges`), ""); strings.Contains(row, "tok-1") || !strings.HasPrefix(row, "v1:") {
			t.Errorf("stored as %s", row)
		}
		for _, bad := range []string{"to ken", "tok\nen", strings.Repeat("x", 3000), "tökén"} {
			if err := set(someForge, bad); fieldOf(err) != "token" {
				t.Errorf("%.10q: %v", bad, err)
			}
		}
	})
}

func fieldOf(err error) string {
	if f, ok := err.(fault.Fields); ok && len(f) > 0 {
		return f[0].Field
	}
	if f, ok := err.(*fault.Error); ok {
		return f.Field
	}
	return ""
}

func TestAStoredTokenIsNeverSentToAnotherAddress(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		r := h.forged("moving")
		h.forge.connects = nil
		elsewhere := someForge
		elsewhere.API = "https://evil.example/api/v1"
		if _, err := h.app.Repos.SetForge(ctx, h.lead, r.ID, elsewhere, ""); fieldOf(err) != "token" {
			t.Errorf("%v", err)
		}
		renamed := someForge
		renamed.Project = "acme/invoices"
		_, err := h.app.Repos.SetForge(ctx, h.lead, r.ID, renamed, "")
		ok(t, err)
		if got := strings.Join(h.forge.connects, "; "); got != "https://git.example.org/api/v1 acme/invoices tok-1" {
			t.Errorf("connected to %s", got)
		}
		ok(t, h.app.Repos.MoveRepository(ctx, h.lead, r.ID, "https://elsewhere.example/x.git", ""))
		if f, err := h.app.Repos.Forge(ctx, h.lead, r.ID); err != nil || f.IsSet() {
			t.Errorf("the forge of the old URL is still there: %+v, %v", f, err)
		}
	})
}

func TestAWebhookHasASecretOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		r := h.forged("hooked")
		hook, key, err := h.app.Repos.MakeForgeHook(ctx, h.lead, r.ID)
		ok(t, err)
		team, rid, kind, got, err := h.app.Repos.ForgeHook(ctx, hook)
		if err != nil || team != h.alpha.ID || rid != r.ID || kind != forge.Gitea || got != key || len(key) < 20 || hook == key {
			t.Errorf("%s %s %s %q %v", team, rid, kind, got, err)
		}
		again, _, err := h.app.Repos.MakeForgeHook(ctx, h.lead, r.ID)
		ok(t, err)
		for _, gone := range []string{hook, "", "x", again + "x"} {
			if _, _, _, _, err := h.app.Repos.ForgeHook(ctx, gone); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", gone, err)
			}
		}
		other := dbtest.Repository(t, h.d, h.alpha, "without")
		if _, _, err := h.app.Repos.MakeForgeHook(ctx, h.lead, other.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a webhook without a forge: %v", err)
		}
	})
}
