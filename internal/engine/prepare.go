package engine

import (
	"context"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// prepare lets the agent start while the session's tree is made: one that is running already if the session has never begun and one waits
// for it, else its own. A turn begins once ready is closed, so that the wait for a start does not count as the agent's silence. Call
// release when the drive has ended.
func (d *drive) prepare(ctx context.Context, st appwork.Standing) (ready <-chan struct{}, release func(), err error) {
	p, ok := d.e.run.(runner.Preparer)
	if !ok {
		at := make(chan struct{})
		close(at)
		return at, func() {}, nil
	}
	job := jobOf(st, "")
	if st.Rewind != nil { // its conversation is imported first
		at := make(chan struct{})
		close(at)
		return at, func() {}, d.e.space.Begin(ctx, st.Session)
	}
	if job.OwnConfig, err = d.ownConfig(ctx, st); err != nil {
		return nil, nil, err
	}
	if !p.Take(ctx, job) {
		if err := d.e.space.Begin(ctx, st.Session); err != nil {
			return nil, nil, err
		}
	}
	ready, release = p.Prepare(ctx, job)
	return ready, release, nil
}

// ownConfig reports whether what the session's tree says about its agents counts.
func (d *drive) ownConfig(ctx context.Context, st appwork.Standing) (counts bool, err error) {
	err = d.persist(ctx, "read a repository", func(ctx context.Context) (err error) {
		counts, err = d.e.app.Repos.AgentConfigCounts(ctx, st.Session.Tenant, st.Session.RepositoryID)
		return err
	})
	return counts, err
}
