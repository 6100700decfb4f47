package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// Process returns the team's process with its decrypted password; ok is false if there is none.
func (a *Verbs) Process(ctx context.Context, t tenant.ID) (p dbwork.Process, ok bool, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error { p, ok, err = dbwork.On(sc).Process(ctx); return err })
	if err == nil && ok {
		p.Password, err = a.k.Keys.Open(processPlace(t), p.Password)
	}
	return p, ok, err
}

// SaveProcess stores the team's process with its encrypted password, so that a restarted server can adopt it.
func (a *Verbs) SaveProcess(ctx context.Context, t tenant.ID, p dbwork.Process) error {
	p.Password = a.k.Keys.Seal(processPlace(t), p.Password)
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).SaveProcess(ctx, p) })
}

// TeamsWithProcess returns the teams that have a stored agent process, for the start of a server.
func (a *Verbs) TeamsWithProcess(ctx context.Context) (ids []tenant.ID, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
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

// DeleteProcess deletes the team's process.
func (a *Verbs) DeleteProcess(ctx context.Context, t tenant.ID) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).DeleteProcess(ctx) })
}

// LoseProcess deletes the team's process, which ended unexpectedly, and counts that.
func (a *Verbs) LoseProcess(ctx context.Context, t tenant.ID) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).LoseProcess(ctx, a.k.Clock.Now()) })
}

func processPlace(t tenant.ID) secret.Place {
	return secret.Place{Tenant: string(t), Table: "agent_processes", Row: string(t), Column: "password"}
}
