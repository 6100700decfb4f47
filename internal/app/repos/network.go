package repos

import (
	"context"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
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
// It refuses hosts that the egress proxy would refuse in any case.
func (a *Verbs) AllowHost(ctx context.Context, by tenant.Actor, rid repository.ID, host string) error {
	if err := a.checkAgentHost(ctx, by, rid, host); err != nil {
		return err
	}
	return a.changeNetwork(ctx, by, rid, "allow_host", host, func(sc *dbkernel.Scope, name string) error {
		if err := refuseProviders(ctx, sc, name); err != nil {
			return err
		}
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

// checkAgentHost runs before the transaction, because it looks up addresses: only for somebody who may edit the repository. It leaves
// what is no host at all to changeNetwork.
func (a *Verbs) checkAgentHost(ctx context.Context, by tenant.Actor, rid repository.ID, host string) error {
	name, err := repository.ParseHost(host)
	if err != nil || a.opts.CheckAgentHost == nil {
		return nil
	}
	if err := appkernel.CheckID("repository", string(rid)); err != nil {
		return err
	}
	if err := a.k.Read(ctx, by, tenant.EditRepositories, func(sc *dbkernel.Scope) error { _, err := dbrepos.On(sc).Repository(ctx, rid); return err }); err != nil {
		return err
	}
	if err := a.opts.CheckAgentHost(ctx, name); err != nil {
		return fault.Field("host", "%s", err.Error())
	}
	return nil
}

func refuseProviders(ctx context.Context, sc *dbkernel.Scope, name string) error {
	providers, err := dbmodels.On(sc).Providers(ctx)
	if slices.Contains(provider.OpenAddresses(providers), name) {
		return fault.Field("host", "%s is a model provider of this team. Agents can use it only through the gateway, which counts their calls.", name)
	}
	return err
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
