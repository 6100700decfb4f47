package work

import (
	"context"
	"slices"
	"sync"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// sessionKey names a session of a team.
type sessionKey struct {
	tenant tenant.ID
	id     session.ID
}

// family is the breaker of a session without a parent and of all sessions below it.
type family struct {
	root sessionKey

	mu            sync.Mutex
	watch         *loop.Watch
	conversations map[session.ID]string // of each session's own agent
	patches       map[session.ID]uint64 // the last diff of each session
	pending       *loop.Evidence        // of a stop that could not be stored
}

// breakers are the breakers of the sessions that run on this server. What they have counted is read from the log again after a restart.
type breakers struct {
	mu       sync.Mutex
	sessions map[sessionKey]*family
	roots    map[sessionKey]*family
}

// of returns the breaker of a running session; nil for one that does not run.
func (b *breakers) of(k sessionKey) *family {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sessions[k]
}

// join adds a session to the breaker of its root.
func (b *breakers) join(k, root sessionKey, conversation string, in func(*loop.Watch) *loop.Evidence) *family {
	b.mu.Lock()
	if f := b.sessions[k]; f != nil {
		b.mu.Unlock()
		return f
	}
	if b.sessions == nil {
		b.sessions, b.roots = map[sessionKey]*family{}, map[sessionKey]*family{}
	}
	f := b.roots[root]
	if f == nil {
		f = &family{root: root, watch: loop.NewWatch(), conversations: map[session.ID]string{}, patches: map[session.ID]uint64{}}
		b.roots[root] = f
	}
	b.sessions[k] = f
	f.mu.Lock()
	b.mu.Unlock() // the past of one family is read while the calls of others go on
	defer f.mu.Unlock()
	f.conversations[k.id] = conversation
	if past := in(f.watch); past != nil {
		f.pending = past
	}
	return f
}

// forget ends the repeats of a session: a person has acted.
func (b *breakers) forget(k sessionKey) {
	if f := b.of(k); f != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.watch.Forget(string(k.id))
		f.pending = nil
	}
}

// leave ends the watch of a session that no longer runs. One that is paused begins anew when it is resumed.
func (b *breakers) leave(k sessionKey, to session.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.sessions[k]
	if f == nil {
		return
	}
	delete(b.sessions, k)
	f.mu.Lock()
	defer f.mu.Unlock()
	if to == session.Paused {
		f.watch.Forget(string(k.id))
	}
	f.pending = nil
	if !f.watch.End(string(k.id)) {
		delete(b.roots, f.root)
	}
}

// watchSession shows the breaker of a running session to fn, and stops what fn returns evidence of. A stop that cannot be stored is
// tried again at the next observation: a report that was stored is not refused for it.
func (a *Verbs) watchSession(ctx context.Context, k sessionKey, fn func(*loop.Watch, *family) *loop.Evidence) {
	if a.opts.Unwatched {
		return
	}
	if err := a.tryWatch(ctx, k, fn); err != nil && ctx.Err() == nil {
		a.k.Log.Error("watch a session for loops", "tenant", k.tenant, "session", k.id, "error", err)
	}
}

func (a *Verbs) tryWatch(ctx context.Context, k sessionKey, fn func(*loop.Watch, *family) *loop.Evidence) error {
	f, err := a.breakerOf(ctx, k)
	if err != nil || f == nil {
		return err
	}
	f.mu.Lock()
	found := fn(f.watch, f)
	if found == nil {
		found = f.pending
	}
	f.pending = found
	f.mu.Unlock()
	if found == nil {
		return nil
	}
	if err := a.stopLoop(ctx, k.tenant, *found); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pending == found {
		f.pending = nil // nothing is left to stop, also if a person was first
	}
	return nil
}

// breakerOf returns the breaker of a session, nil if the session does not run. The first call for a session reads what it did before.
func (a *Verbs) breakerOf(ctx context.Context, k sessionKey) (*family, error) {
	if f := a.breakers.of(k); f != nil {
		return f, nil
	}
	var s session.Session
	var limits tenant.Limits
	var past func(*loop.Watch) *loop.Evidence
	root := k
	err := a.k.DB.View(ctx, k.tenant, func(sc *dbkernel.Scope) (err error) {
		if s, err = dbwork.On(sc).Session(ctx, k.id); err != nil || !s.Status.Active() {
			return err
		}
		if root.id, err = rootOf(ctx, sc, s); err != nil {
			return err
		}
		if limits, err = dbpeople.On(sc).Limits(ctx); err != nil {
			return err
		}
		past, err = readPast(ctx, sc, s)
		return err
	})
	if err != nil || !s.Status.Active() {
		if fault.Is(err, fault.NotFound) {
			err = nil // purged in the meantime
		}
		return nil, err
	}
	return a.breakers.join(k, root, s.Conversation, func(w *loop.Watch) *loop.Evidence {
		w.Add(string(k.id), limits.MaxRepeats, a.k.Clock.Now())
		w.Forget(string(k.id)) // what it did before it ended last
		return past(w)
	}), nil
}

// deepest bounds the way from a session to its root.
const deepest = 16

// rootOf returns the session at the top of s's parents.
func rootOf(ctx context.Context, sc *dbkernel.Scope, s session.Session) (session.ID, error) {
	for range deepest {
		if s.ParentID == "" {
			break
		}
		parent, err := dbwork.On(sc).Session(ctx, s.ParentID)
		if fault.Is(err, fault.NotFound) {
			break
		}
		if err != nil {
			return "", err
		}
		s = parent
	}
	return s.ID, nil
}

// watchFiles notes that a session's diff has changed.
func (a *Verbs) watchFiles(ctx context.Context, l Lease, patch []byte) {
	sum := hashOf(patch)
	a.watchSession(ctx, sessionKey{l.Tenant, l.Session}, func(w *loop.Watch, f *family) *loop.Evidence {
		if before, ok := f.patches[l.Session]; !ok && len(patch) == 0 || ok && before == sum {
			return nil
		}
		f.patches[l.Session] = sum
		w.Moved(string(l.Session), a.k.Clock.Now())
		return nil
	})
}

// sorted are ids in one order, so that two stops of a family do not deadlock.
func sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }
