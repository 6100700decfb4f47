package engine

import (
	"context"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// prepare lets the agent start while the session's tree is made: one that is running already if the session has never begun and one waits
// for it, else its own. Call release when the drive has ended.
func (d *drive) prepare(ctx context.Context, st appwork.Standing) (release func(), err error) {
	p, ok := d.e.run.(runner.Preparer)
	if !ok {
		return func() {}, nil
	}
	job := jobOf(st, "")
	if job.OwnConfig, err = d.ownConfig(ctx, st); err != nil {
		return nil, err
	}
	if p.Take(ctx, job) {
		return p.Prepare(ctx, job), nil
	}
	if err := d.e.space.Begin(ctx, st.Session); err != nil {
		return nil, err
	}
	return p.Prepare(ctx, job), nil
}

// ownConfig reports whether what the session's tree says about its agents counts.
func (d *drive) ownConfig(ctx context.Context, st appwork.Standing) (counts bool, err error) {
	err = d.persist(ctx, "read a repository", func(ctx context.Context) (err error) {
		counts, err = d.e.app.Repos.AgentConfigCounts(ctx, st.Session.Tenant, st.Session.RepositoryID)
		return err
	})
	return counts, err
}
