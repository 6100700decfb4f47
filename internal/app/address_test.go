package app_test

import (
	"context"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// T-29: a new address never gets the secret of the old one.
func TestT29ANewAddressForgetsTheSecret(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		p, err := h.app.Models.CreateProvider(ctx, h.lead, provider.Provider{Name: "keyed", Kind: provider.OpenAI, Models: []provider.Model{{ID: "m", Context: 9, Output: 9}}}, "sk-old")
		ok(t, err)
		r, err := h.app.Repos.CreateRepository(ctx, h.lead, repository.Repository{Name: "kept", URL: "https://git.example.org/x"}, "cred-old")
		ok(t, err)
		for _, by := range []tenant.Actor{h.member, h.viewer, h.stranger, h.nobody} {
			if h.app.Models.MoveProvider(ctx, by, p.ID, "https://evil.example/v1", "") == nil || h.app.Repos.MoveRepository(ctx, by, r.ID, "https://evil.example/x", "") == nil {
				t.Errorf("%s moved what is the lead's", by.Name)
			}
		}
		refused(t, "the same base URL", h.app.Models.MoveProvider(ctx, h.lead, p.ID, p.BaseURL+"/", "sk-x"), fault.Invalid)
		refused(t, "the same clone URL", h.app.Repos.MoveRepository(ctx, h.lead, r.ID, r.URL, "x"), fault.Invalid)
		refused(t, "no base URL", h.app.Models.MoveProvider(ctx, h.lead, p.ID, "file:///x", ""), fault.Invalid)
		refused(t, "no clone URL", h.app.Repos.MoveRepository(ctx, h.lead, r.ID, "ext::sh", ""), fault.Invalid)
		h.secretsAre(p, r, true, "cred-old")
		ok(t, h.app.Models.MoveProvider(ctx, h.lead, p.ID, "https://new.example.org/v1/", ""))
		ok(t, h.app.Repos.MoveRepository(ctx, h.lead, r.ID, "https://new.example.org/x", ""))
		h.secretsAre(p, r, false, "")
		ok(t, h.app.Models.MoveProvider(ctx, h.lead, p.ID, "https://newer.example.org/v1", "sk-new"))
		ok(t, h.app.Repos.MoveRepository(ctx, h.lead, r.ID, "git@git.example.org:x", "cred-new"))
		h.secretsAre(p, r, true, "cred-new")
	})
}

func (h *house) secretsAre(p provider.Provider, r repository.Repository, key bool, credential string) {
	h.t.Helper()
	ctx := context.Background()
	now, err := h.app.Models.Provider(ctx, h.lead, p.ID)
	if err != nil || now.HasKey != key {
		h.t.Errorf("the provider: %+v, %v", now, err)
	}
	at, got, err := h.app.Repos.CloneSource(ctx, h.lead.Tenant, r.ID)
	if err != nil || got != credential || at.Status != repository.Cloning {
		h.t.Errorf("the repository: %+v with %q, %v", at, got, err)
	}
}

func TestALocalRepositoryIsNotMoved(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		all, err := h.app.Repos.Repositories(ctx, h.lead)
		ok(t, err)
		for _, r := range all {
			if r.Path != "" {
				refused(t, "a local path", h.app.Repos.MoveRepository(ctx, h.lead, r.ID, "https://new.example.org/x", ""), fault.Invalid)
			}
		}
	})
}

// A scheme in capitals is the same scheme: what is stored is what git and the gateway understand.
func TestSchemesInCapitalsAreStoredInLowerCase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		p, err := h.app.Models.CreateProvider(ctx, h.lead, provider.Provider{Name: "loud", Kind: provider.OpenAI, BaseURL: "HTTPS://API.Example.org/V1", Models: []provider.Model{{ID: "m", Context: 100_000, Output: 9}}}, "sk")
		if ok(t, err); p.BaseURL != "https://api.example.org/V1" {
			t.Errorf("the provider has %s", p.BaseURL)
		}
		r, err := h.app.Repos.CreateRepository(ctx, h.lead, repository.Repository{Name: "loud", URL: "HTTPS://Git.Bücher.example/X.git"}, "")
		if ok(t, err); r.URL != "https://git.xn--bcher-kva.example/X.git" || r.OverSSH() {
			t.Errorf("the repository has %s", r.URL)
		}
		refused(t, "the same base URL", h.app.Models.MoveProvider(ctx, h.lead, p.ID, "HTTPS://api.example.org/V1", "sk"), fault.Invalid)
		ok(t, h.app.Repos.MoveRepository(ctx, h.lead, r.ID, "SSH://git@HOST.example/x", ""))
		moved, err := h.app.Repos.Repository(ctx, h.lead, r.ID)
		if ok(t, err); moved.URL != "ssh://git@host.example/x" || !moved.OverSSH() {
			t.Errorf("the moved repository has %s", moved.URL)
		}
	})
}

// Two accounts of one address would be two people for the database and one for its owner.
func TestOneAddressInTwoSpellingsIsOneAccount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "mu\u0308ller@x.test", "M", "a long enough password", false)
		if ok(t, err); u.Email != "m\u00fcller@x.test" {
			t.Errorf("stored as %q", u.Email)
		}
		_, err = h.app.People.CreateUser(ctx, "m\u00fcller@x.test", "M", "a long enough password", false)
		refused(t, "the same address", err, fault.Conflict)
	})
}
