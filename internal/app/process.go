package app

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// What the wiring needs of a team's agent process.

// Process reads the team's process with its password opened; ok is false when none is known.
func (a *App) Process(ctx context.Context, t tenant.ID) (p dbwork.Process, ok bool, err error) {
	err = a.db.View(ctx, t, func(sc *dbkernel.Scope) error { p, ok, err = dbwork.On(sc).Process(ctx); return err })
	if err == nil && ok {
		p.Password, err = a.keys.Open(processPlace(t), p.Password)
	}
	return p, ok, err
}

// SaveProcess stores the team's process with its password sealed, so that a restarted server can adopt it.
func (a *App) SaveProcess(ctx context.Context, t tenant.ID, p dbwork.Process) error {
	p.Password = a.keys.Seal(processPlace(t), p.Password)
	return a.db.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).SaveProcess(ctx, p) })
}

// TeamsWithProcess lists the teams whose agent process is known, for the start of a server.
func (a *App) TeamsWithProcess(ctx context.Context) (ids []tenant.ID, err error) {
	err = a.db.SystemView(ctx, func(s *dbkernel.System) error {
		ps, err := dbwork.Across(s).Processes(ctx)
		if err != nil {
			return err
		}
		for _, p := range ps {
			ids = append(ids, p.Tenant)
		}
		return nil
	})
	return ids, err
}

// DeleteProcess forgets the team's process.
func (a *App) DeleteProcess(ctx context.Context, t tenant.ID) error {
	return a.db.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).DeleteProcess(ctx) })
}

// LoseProcess forgets the team's process, which ended without being stopped, and counts that.
func (a *App) LoseProcess(ctx context.Context, t tenant.ID) error {
	return a.db.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).LoseProcess(ctx, a.clock.Now()) })
}

func processPlace(t tenant.ID) secret.Place {
	return secret.Place{Tenant: string(t), Table: "agent_processes", Row: string(t), Column: "password"}
}

// TeamProviders lists a team's providers for the config of its agent process, with the prices that hold now.
func (a *App) TeamProviders(ctx context.Context, t tenant.ID) (ps []provider.Provider, err error) {
	if err = a.db.View(ctx, t, func(sc *dbkernel.Scope) error { ps, err = dbmodels.On(sc).Providers(ctx); return err }); err != nil {
		return nil, err
	}
	var prices []instance.Price
	err = a.db.SystemView(ctx, func(s *dbkernel.System) error {
		prices, err = dbmodels.Across(s).PricesAt(ctx, a.clock.Now())
		return err
	})
	priced(ps, prices)
	return ps, err
}

// Setting reads an instance setting; empty when it was never set.
func (a *App) Setting(ctx context.Context, name string) (v string, err error) {
	err = a.db.SystemView(ctx, func(s *dbkernel.System) error { v, _, err = s.Setting(ctx, name); return err })
	return v, err
}

// PutSetting stores an instance setting.
func (a *App) PutSetting(ctx context.Context, name, value string) error {
	return a.db.System(ctx, func(s *dbkernel.System) error {
		was, _, err := s.Setting(ctx, name)
		if err != nil {
			return err
		}
		if err := s.PutSetting(ctx, name, value); err != nil {
			return err
		}
		return a.auditSetting(ctx, s, name, was, value)
	})
}
