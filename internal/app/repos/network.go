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

// Network returns the hosts that a repository's sessions may connect to, by name.
func (a *Verbs) Network(ctx context.Context, by tenant.Actor, rid repository.ID) (hosts []repository.Host, err error) {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return nil, err
	}
	err = a.k.Read(ctx, by, tenant.ReadRepositories, func(sc *dbkernel.Scope) error {
		if _, err := dbrepos.On(sc).Repository(ctx, rid); err != nil {
			return err
		}
		hosts, err = dbrepos.On(sc).Hosts(ctx, rid)
		return err
	})
	return hosts, err
}

// AllowHost allows the programs of a repository's sessions to connect to a host and port. It takes effect with the next connection.
func (a *Verbs) AllowHost(ctx context.Context, by tenant.Actor, rid repository.ID, host string) error {
	return a.changeNetwork(ctx, by, rid, "allow_host", host, func(sc *dbkernel.Scope, name string) error {
		hosts, err := dbrepos.On(sc).Hosts(ctx, rid)
		if err != nil {
			return err
		}
		if len(hosts) >= repository.MaxHosts {
			return fault.Field("host", "The network list is full (%d entries). Remove a host first.", repository.MaxHosts)
		}
		return dbrepos.On(sc).AddHost(ctx, rid, repository.Host{Name: name, By: by.Name, AddedAt: a.k.Clock.Now()}, by.User)
	})
}

// DisallowHost removes a host from the list. Open connections are closed within a minute.
func (a *Verbs) DisallowHost(ctx context.Context, by tenant.Actor, rid repository.ID, host string) error {
	return a.changeNetwork(ctx, by, rid, "disallow_host", host, func(sc *dbkernel.Scope, name string) error { return dbrepos.On(sc).RemoveHost(ctx, rid, name) })
}

func (a *Verbs) changeNetwork(ctx context.Context, by tenant.Actor, rid repository.ID, verb, host string, fn func(sc *dbkernel.Scope, name string) error) error {
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error {
		r, err := dbrepos.On(sc).Repository(ctx, rid)
		if err != nil {
			return err
		}
		name, err := repository.ParseHost(host)
		if err != nil {
			return err
		}
		if err := fn(sc, name); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, verb, string(rid), r.Name+": "+name)
	})
}
