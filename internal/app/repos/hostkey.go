package repos

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// HostKey is what a repository's ssh host is known by; the zero HostKey when it was not seen yet.
func (a *Verbs) HostKey(ctx context.Context, by tenant.Actor, rid repository.ID) (k repository.HostKey, err error) {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return k, err
	}
	err = a.k.Read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error {
		if _, err := dbrepos.On(sc).Repository(ctx, rid); err != nil {
			return err
		}
		k, err = knownKey(ctx, sc, rid)
		return err
	})
	return k, err
}

func knownKey(ctx context.Context, sc *dbkernel.Scope, rid repository.ID) (repository.HostKey, error) {
	k, err := dbrepos.On(sc).HostKey(ctx, rid)
	if fault.Is(err, fault.NotFound) {
		return repository.HostKey{}, nil
	}
	return k, err
}

// PinnedKey is the key that a clone holds a repository's ssh host to; empty when none was seen yet.
func (a *Verbs) PinnedKey(ctx context.Context, t tenant.ID, rid repository.ID) (key string, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		k, err := knownKey(ctx, sc, rid)
		if err != nil {
			return err
		}
		key = k.Key
		return nil
	})
	return key, err
}

// SeeKey takes the key a repository's ssh host shows: the first is pinned, the pinned one is fine, another is kept for a lead to
// judge and Forbidden until then.
func (a *Verbs) SeeKey(ctx context.Context, t tenant.ID, rid repository.ID, key string) error {
	var refused error
	err := a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		k, err := knownKey(ctx, sc, rid)
		switch {
		case err != nil || k.Key == key:
			return err
		case k.Key == "":
			if err := dbrepos.On(sc).PinHostKey(ctx, rid, key, "", a.k.Clock.Now()); err != nil {
				return err
			}
			return a.k.Audit(ctx, sc, tenant.Actor{Tenant: t, Name: "system", Via: "system"}, "pin_host_key", string(rid), r.Name+": "+repository.Fingerprint(key))
		}
		refused = fault.New(fault.Forbidden, "The ssh host of %s shows another key than before: it was %s, now it is %s. If the host was set up anew, a lead can accept the new key on the repository's page; otherwise somebody may stand in between.",
			r.Name, repository.Fingerprint(k.Key), repository.Fingerprint(key))
		if k.Offered == key {
			return nil
		}
		return dbrepos.On(sc).OfferHostKey(ctx, rid, key, a.k.Clock.Now())
	})
	if err != nil {
		return err
	}
	return refused
}

// AcceptHostKey makes the key that a repository's ssh host shows now the one it is known by, and has it cloned again.
// fingerprint is what the person saw: a key that came after that is not accepted.
func (a *Verbs) AcceptHostKey(ctx context.Context, by tenant.Actor, rid repository.ID, fingerprint string) error {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		k, err := knownKey(ctx, sc, rid)
		if err != nil {
			return err
		}
		if k.Offered == "" || repository.Fingerprint(k.Offered) != fingerprint {
			return fault.New(fault.Conflict, "The ssh host shows another key by now: look at the page again.")
		}
		if err := dbrepos.On(sc).PinHostKey(ctx, rid, k.Offered, by.Name, a.k.Clock.Now()); err != nil {
			return err
		}
		if err := dbrepos.On(sc).SetRepositoryStatus(ctx, rid, repository.Cloning, ""); err != nil {
			return err
		}
		sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Clones) })
		return a.k.AuditChange(ctx, sc, by, "accept_host_key", string(rid), r.Name, repository.Fingerprint(k.Key), fingerprint)
	})
}
