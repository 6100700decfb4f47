package app_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

var hostKeys = []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJm",
	"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ=="}

func TestAnSSHHostIsHeldToItsFirstKeyUntilALeadAcceptsAnother(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		repo, err := h.app.Repos.CreateRepository(ctx, h.lead, repository.Repository{Name: "keyed", URL: "ssh://git@example.org/r"}, "")
		ok(t, err)
		see := func(n int) error { return h.app.Repos.CheckHostKey(ctx, h.alpha.ID, repo.ID, hostKeys[n]) }
		read := func() repository.HostKey {
			k, err := h.app.Repos.HostKey(ctx, h.viewer, repo.ID)
			ok(t, err)
			return k
		}
		if k := read(); k.Key != "" {
			t.Errorf("before it was seen: %+v", k)
		}
		ok(t, see(0))
		ok(t, see(0))
		for _, other := range []int{1, 2} {
			err := see(other)
			if !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), repository.Fingerprint(hostKeys[0])) || !strings.Contains(err.Error(), repository.Fingerprint(hostKeys[other])) {
				t.Errorf("another key: %v", err)
			}
			if k := read(); k.Key != hostKeys[0] || k.Offered != hostKeys[other] || k.By != "" {
				t.Errorf("after another key: %+v", k)
			}
		}
		accept := func(n int) error {
			return h.app.Repos.AcceptHostKey(ctx, h.lead, repo.ID, repository.Fingerprint(hostKeys[n]))
		}
		if err := accept(1); !fault.Is(err, fault.Conflict) {
			t.Errorf("a key that was replaced in the meantime: %v", err)
		}
		if err := h.app.Repos.AcceptHostKey(ctx, h.member, repo.ID, repository.Fingerprint(hostKeys[2])); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a member: %v", err)
		}
		ok(t, accept(2))
		if k := read(); k.Key != hostKeys[2] || k.Offered != "" || k.By != h.lead.Name {
			t.Errorf("after it was accepted: %+v", k)
		}
		if err := accept(2); !fault.Is(err, fault.Conflict) {
			t.Errorf("accepted twice: %v", err)
		}
		ok(t, see(2))
		if err := see(0); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the old key: %v", err)
		}
		ok(t, h.app.Repos.MoveRepository(ctx, h.lead, repo.ID, "ssh://git@other.example/r", ""))
		ok(t, see(1)) // another host has another key
	})
}

func TestAHostKeyIsItsTeamsOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		repo := dbtest.Repository(t, h.d, h.alpha, "keyed")
		ok(t, h.app.Repos.CheckHostKey(ctx, h.alpha.ID, repo.ID, hostKeys[0]))
		if err := h.app.Repos.CheckHostKey(ctx, h.beta.ID, repo.ID, hostKeys[1]); !fault.Is(err, fault.NotFound) {
			t.Errorf("seen for another team: %v", err)
		}
		if _, err := h.app.Repos.HostKey(ctx, h.stranger, repo.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("read by another team: %v", err)
		}
		if err := h.app.Repos.AcceptHostKey(ctx, h.stranger, repo.ID, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("accepted by another team: %v", err)
		}
	})
}
