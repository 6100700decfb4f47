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

// HostKey returns the key of a repository's SSH host; the zero HostKey if the host has not been contacted.
func (a *Verbs) HostKey(ctx context.Context, by tenant.Actor, rid repository.ID) (k repository.HostKey, err error) {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return k, err
	}
	err = a.k.Read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error {
		if _, err := dbrepos.On(sc).Repository(ctx, rid); err != nil {
			return err
		}
		k, err = readHostKey(ctx, sc, rid)
		return err
	})
	return k, err
}

// readHostKey returns the zero HostKey if none is stored.
func readHostKey(ctx context.Context, sc *dbkernel.Scope, rid repository.ID) (repository.HostKey, error) {
	k, err := dbrepos.On(sc).HostKey(ctx, rid)
	if fault.Is(err, fault.NotFound) {
		return repository.HostKey{}, nil
	}
	return k, err
}

// PinnedKey returns the key that a repository's SSH host must have; "" if none is stored.
func (a *Verbs) PinnedKey(ctx context.Context, t tenant.ID, rid repository.ID) (key string, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		k, err := readHostKey(ctx, sc, rid)
		if err != nil {
			return err
		}
		key = k.Key
		return nil
	})
	return key, err
}

// CheckHostKey checks the key of a repository's SSH host. The first key is stored. A different one is Forbidden until a lead accepts it.
func (a *Verbs) CheckHostKey(ctx context.Context, t tenant.ID, rid repository.ID, key string) error {
	var refused error
	err := a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		k, err := readHostKey(ctx, sc, rid)
		switch {
		case err != nil || k.Key == key:
			return err
		case k.Key == "":
			if err := dbrepos.On(sc).PinHostKey(ctx, rid, key, "", a.k.Clock.Now()); err != nil {
				return err
			}
			return a.k.Audit(ctx, sc, appkernel.SystemActor(t), "pin_host_key", string(rid), r.Name+": "+repository.Fingerprint(key))
		}
		refused = fault.New(fault.Forbidden, "The SSH host key for %s has changed from %s to %s. If the host was reinstalled, a lead can accept the new key on the repository's page. Otherwise someone may be intercepting the connection.",
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

// AcceptHostKey accepts the changed key of a repository's SSH host and clones the repository again. fingerprint is the one that the
// person saw; a key that arrived later is a Conflict.
func (a *Verbs) AcceptHostKey(ctx context.Context, by tenant.Actor, rid repository.ID, fingerprint string) error {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		k, err := readHostKey(ctx, sc, rid)
		if err != nil {
			return err
		}
		if k.Offered == "" || repository.Fingerprint(k.Offered) != fingerprint {
			return fault.New(fault.Conflict, "The SSH host now has a different key. Reload the page.")
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
