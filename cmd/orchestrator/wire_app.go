package main

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	domainforge "github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// newApp creates the application with the operator's settings. Functions that use the engine look it up when they are called,
// because the engine is created later.
func (s *server) newApp(keys *secret.Keys) *app.App {
	roots, writable := map[string][]string{}, map[string][]string{}
	for _, r := range s.settings.RepoRoot {
		roots[r.Slug], writable[r.Slug] = append(roots[r.Slug], r.Dir), s.settings.RepoRoot.WritableOf(r.Slug)
	}
	return app.New(app.Options{
		DB: s.db, Hub: s.hub, Keys: keys, Log: s.log, Instance: s.host.Instance,
		Mail:         s.settings.SMTPURL != "",
		PublicURL:    s.settings.PublicURL,
		AnswerWithin: s.settings.AnswerWithin,
		Trees:        func() appwork.Trees { return s.trees },
		Git:          gitServer{s},
		RepoRoots:    roots, WritableRoots: writable, Publisher: publisher{s}, AllowedPath: git.AllowedPath, CheckAgentHost: checkAgentHost(s.agentGuard), ConnectForge: connectForge(s.guard), Reverted: s.reverted, Conflicts: s.conflicts,
		TestProvider: testProvider(s.guard), CheckHost: checkHost(s.guard),
		AuditHeads: auditHeads(s.settings), AuditNote: auditNote(s.settings),
		DataFull:        s.dataFull,
		DispatcherAlive: func() bool { return s.engine.Alive() },
		HostFull:        func() string { return s.engine.HostFull() },
		Jobs:            func() []instance.Job { return s.engine.Jobs() },
		EndAgent: func(ctx context.Context, t tenant.ID, id session.ID) error {
			return s.runner.End(ctx, opencode.Key{Tenant: t, Session: id})
		},
		Measure: measure, Readings: s.readings,
		OIDC: s.oidc,
	})
}

// connectForge returns how verbs connect to forges: through the guard, with one cache of answers for all of them.
func connectForge(guard *netguard.Guard) func(domainforge.Settings, string) (domainforge.Port, error) {
	return forge.New(forge.Options{Client: guard.Client()}).Connect
}

// reverted asks the workspace, which is created after the application.
func (s *server) reverted(ctx context.Context, t tenant.ID, id repository.ID, base, commit string) (bool, error) {
	return s.space.Reverted(ctx, t, id, base, commit)
}

// conflicts asks the workspace, too.
func (s *server) conflicts(ctx context.Context, t tenant.ID, id repository.ID, base, commit string) ([]string, error) {
	return s.space.Conflicts(ctx, t, id, base, commit)
}
