package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// Process returns the session's process on this server with its decrypted password; ok is false if there is none.
func (a *Verbs) Process(ctx context.Context, t tenant.ID, s session.ID) (p dbwork.Process, ok bool, err error) {
	err = a.k.DB.View(ctx, t, func(sc *dbkernel.Scope) error {
		p, ok, err = dbwork.On(sc).Process(ctx, s, a.opts.Instance)
		return err
	})
	if err == nil && ok {
		p.Password, err = a.k.Keys.Open(processPlace(t, s), p.Password)
	}
	return p, ok, err
}

// SaveProcess stores the process of p.Session on this server with its encrypted password, so that a restarted server can adopt it.
func (a *Verbs) SaveProcess(ctx context.Context, t tenant.ID, p dbwork.Process) error {
	p.Node, p.Password = a.opts.Instance, a.k.Keys.Seal(processPlace(t, p.Session), p.Password)
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).SaveProcess(ctx, p) })
}

// StoredProcesses returns the processes that earlier runs of this server stored, for its start. One without a session belongs to a
// whole team: a version with one process per team left it. Passwords stay sealed.
func (a *Verbs) StoredProcesses(ctx context.Context) (ps []dbwork.ProcessRef, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		ps, err = dbwork.Across(s).Processes(ctx, a.opts.Instance)
		return err
	})
	return ps, err
}

// DeleteProcess deletes the session's process on this server and its key at the gateway.
func (a *Verbs) DeleteProcess(ctx context.Context, t tenant.ID, s session.ID) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).DeleteProcess(ctx, s, a.opts.Instance) })
}

// DeleteTeamProcess deletes the process of a whole team that an earlier version left.
func (a *Verbs) DeleteTeamProcess(ctx context.Context, t tenant.ID) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error { return dbwork.On(sc).DeleteProcess(ctx, "", "") })
}

// LoseProcess is DeleteProcess for a process that ended unexpectedly; it counts that.
func (a *Verbs) LoseProcess(ctx context.Context, t tenant.ID, s session.ID) error {
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).LoseProcess(ctx, s, a.opts.Instance, a.k.Clock.Now())
	})
}

func processPlace(t tenant.ID, s session.ID) secret.Place {
	return secret.Place{Tenant: string(t), Table: "agent_processes", Row: string(s), Column: "password"}
}

// TakeSpare makes the spare's process, and its key at the gateway, those of a session of the same team. From then on the key works for
// this session and no other.
func (a *Verbs) TakeSpare(ctx context.Context, t tenant.ID, spare, s session.ID) error {
	p, ok, err := a.Process(ctx, t, spare)
	if err == nil && !ok {
		err = fault.Missing("spare")
	}
	if err != nil {
		return err
	}
	password := a.k.Keys.Seal(processPlace(t, s), p.Password)
	return a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).TakeProcess(ctx, spare, s, a.opts.Instance, password)
	})
}
