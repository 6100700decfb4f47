package proc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// Spares keeps what spares have outside of their processes. A spare's Key has its own name in place of a session's ID.
type Spares interface {
	// Make creates the directories of a spare and returns its empty working tree.
	Make(spare Key) (tree string, err error)
	// Fixed describes what a process gets at its start and keeps. A session takes over only a spare for which it is the same.
	Fixed(Key, Use) (string, error)
	// Take gives a session that has no directories those of a spare, with the spare's stored process and its key at the gateway. It is a
	// fault.Conflict if the session has directories already.
	Take(ctx context.Context, spare, of Key) error
	// Remove deletes the directories of a spare that has ended, unless a session has them.
	Remove(spare Key) error
}

// spare is what makes a session fit for a spare. It is complete, and does not change, once isReady is true.
type spare struct {
	use     Use
	fixed   string
	tree    string
	isReady bool
	cancel  context.CancelFunc // ends its start
	made    chan struct{}      // closed when its start has ended, well or not
}

// Warm is a model call's target in a team's configuration, for the one turn that a spare plays.
type Warm struct{ Provider, Model string }

// warm is the first model of a configuration; ok is false if it has none.
func (c TeamConfig) warm() (w Warm, ok bool) {
	for _, p := range c.Providers {
		if len(p.Models) > 0 {
			return Warm{p.Slug, p.Models[0].ID}, true
		}
	}
	return w, false
}

// Take gives a session that has not begun yet a spare of its team that was started as this session's process would be. It reports whether
// there was one.
func (p *Pool) Take(ctx context.Context, k Key, u Use) bool {
	u.Spec = nil // any agent of the registry can have a spare: it is configured before the session's directory is used
	if p.opts.Spares == nil || u.Carry != nil {
		return false
	}
	fixed, err := p.opts.Spares.Fixed(k, u)
	if err != nil {
		p.opts.Log.Warn("compare a session with spares", "tenant", string(k.Tenant), "session", string(k.Session), "error", err)
		return false
	}
	e := p.pick(k, u, fixed)
	if e == nil {
		return false
	}
	if err := e.withToken(ctx, func() error { return p.take(ctx, e, k) }); err != nil {
		p.refuse(e, k, err)
		return false
	}
	p.opts.Log.Info("a session took over a spare OpenCode", "tenant", string(k.Tenant), "session", string(k.Session), "pid", e.Server().process.PID)
	return true
}

// Waiting is a spare that waits for the team's next session, or nil.
func (p *Pool) Waiting(t tenant.ID) *Agent {
	p.mu.Lock()
	defer p.mu.Unlock()
	for of, e := range p.agents {
		if of.Tenant == t && e.spare != nil && e.spare.isReady && e.isRunning() {
			return e.Agent
		}
	}
	return nil
}

// pick reserves a spare that fits, so that nobody ends it or takes it as well.
func (p *Pool) pick(k Key, u Use, fixed string) *pooled {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agents[k] != nil {
		return nil // it has a process, or had one a moment ago
	}
	for of, e := range p.agents {
		s := e.spare
		if of.Tenant == k.Tenant && s != nil && s.isReady && e.holders == 0 && s.fixed == fixed && s.use == u && e.isRunning() {
			e.holders++
			return e
		}
	}
	return nil
}

// take makes a spare the session's process. The caller holds the agent's token, and holds the agent in the pool.
func (p *Pool) take(ctx context.Context, e *pooled, k Key) error {
	if !e.isRunning() {
		return errors.New("the spare has ended")
	}
	if err := p.opts.Spares.Take(ctx, e.Key(), k); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agents[k] != nil { // nobody starts a session twice at once
		return fmt.Errorf("session %s has a process already", k.Session)
	}
	delete(p.agents, e.Key())
	p.agents[k] = e
	e.spare = nil
	e.holders--
	e.rename(k)
	return nil
}

// rename makes the process that of a session. Its idle time begins, in case nobody uses it.
func (a *Agent) rename(k Key) {
	a.mu.Lock()
	a.key = k
	a.users++
	a.mu.Unlock()
	a.Release()
}

// refuse puts a spare back that the session could not get, or ends it where it may be half the session's.
func (p *Pool) refuse(e *pooled, k Key, err error) {
	p.mu.Lock()
	e.holders--
	p.mu.Unlock()
	p.forget(e.Key())
	if fault.Is(err, fault.Conflict) {
		return
	}
	p.opts.Log.Warn("take over a spare OpenCode", "tenant", string(k.Tenant), "session", string(k.Session), "error", err)
	if err := e.stopIdle(context.Background()); err != nil {
		e.log.Error("end a spare OpenCode", "error", err)
	}
}

// Want starts a spare like the process of a team's latest session, unless there is one or the host has no room for it. Those that are
// there stay for another idle time. It does not wait.
func (p *Pool) Want(t tenant.ID, u Use) {
	u.Spec = nil
	if p.opts.Spares == nil || p.opts.MaxSpares <= 0 {
		return
	}
	u.Carry = nil
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return
	}
	p.wg.Go(func() {
		if err := CatchPanic(p.opts.Log, func() error { return p.want(t, u) }); err != nil {
			p.opts.Log.Warn("start a spare OpenCode", "tenant", string(t), "error", err)
		}
	})
}

func (p *Pool) want(t tenant.ID, u Use) error {
	select {
	case p.making <- struct{}{}: // one at a time, so that starts of sessions come first
	case <-p.ctx.Done():
		return nil
	}
	defer func() { <-p.making }()
	k := Key{t, session.SpareOf(id.New())}
	fixed, err := p.opts.Spares.Fixed(k, u)
	if err != nil {
		return err
	}
	for _, other := range p.others(t, u, fixed) {
		if err := other.stopIdle(context.Background()); err != nil {
			other.log.Error("end a spare OpenCode", "error", err)
		}
	}
	if !p.hasRoom(t) {
		return nil
	}
	return p.makeSpare(k, u, fixed)
}

// others are the spares of a team that the process of its latest session is unlike, and those that have ended. The other ones stay for
// another idle time.
func (p *Pool) others(t tenant.ID, u Use, fixed string) (unlike []*Agent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for of, e := range p.agents {
		switch {
		case of.Tenant != t || e.spare == nil || e.holders > 0:
		case e.spare.use != u || e.spare.fixed != fixed || !e.isRunning():
			unlike = append(unlike, e.Agent)
		default:
			e.addUser()
			e.Release()
		}
	}
	return unlike
}

// hasRoom reports whether a team may have one more spare. A spare ends nothing else.
func (p *Pool) hasRoom(t tenant.ID) bool {
	if p.opts.LowMemory != nil && p.opts.LowMemory() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	all, own := 0, 0
	for of, e := range p.agents {
		if e.holders > 0 || e.Server() != nil {
			all++
		}
		if of.Tenant == t && e.spare != nil {
			own++
		}
	}
	return p.ctx.Err() == nil && own < p.opts.MaxSpares && (p.opts.MaxProcesses == 0 || all < p.opts.MaxProcesses)
}

// makeSpare starts a spare and plays one turn in it.
func (p *Pool) makeSpare(k Key, u Use, fixed string) error {
	ctx, cancel := context.WithTimeout(p.ctx, 2*p.opts.StartTimeout)
	defer cancel()
	s := &spare{use: u, fixed: fixed, cancel: cancel, made: make(chan struct{})}
	defer close(s.made)
	a := p.holdSpare(k, s)
	err := p.warm(ctx, a, s)
	p.mu.Lock()
	s.isReady = err == nil
	p.agents[k].holders--
	p.mu.Unlock()
	if err == nil {
		p.opts.Log.Info("a spare OpenCode is ready", "tenant", string(k.Tenant), "spare", string(k.Session))
		return nil
	}
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = nil // a session takes its room, or the server stops
	}
	return errors.Join(err, a.end(context.WithoutCancel(ctx)))
}

// Close ends the starts of spares and waits for them. No spare starts after it.
func (p *Pool) Close() {
	p.mu.Lock()
	p.cancel()
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *Pool) holdSpare(k Key, s *spare) *Agent {
	a := p.Hold(k)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.agents[k].spare = s
	a.stopped = func() { p.removeSpare(a) }
	return a
}

// end ends the spare whether it has started or not.
func (a *Agent) end(ctx context.Context) error {
	return a.withToken(ctx, func() error {
		err := a.stop(ctx)
		a.stopped()
		return err
	})
}

// removeSpare forgets an agent that was a spare, and deletes its directories if it still is one.
func (p *Pool) removeSpare(a *Agent) {
	k := a.Key()
	p.forget(k)
	if !k.Session.IsSpare() {
		return
	}
	if err := p.opts.Spares.Remove(k); err != nil {
		p.opts.Log.Error("remove the directories of a spare OpenCode", "tenant", string(k.Tenant), "error", err)
	}
}

// warm starts the spare and plays one turn in its empty tree. Then it gives up the tree's instance, so that OpenCode looks again what the
// tree is.
func (p *Pool) warm(ctx context.Context, a *Agent, s *spare) (err error) {
	if s.tree, err = p.opts.Spares.Make(a.Key()); err != nil {
		return err
	}
	config, err := p.opts.Config(ctx, a.Key().Tenant)
	if err != nil {
		return err
	}
	model, ok := config.warm()
	if !ok {
		return errors.New("the team has no model")
	}
	srv, err := a.Acquire(ctx, s.use)
	if err != nil {
		return err
	}
	defer a.Release()
	if err := srv.playWarm(ctx, s.tree, model); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	return nil
}

// warmLook is how often a spare's turn is asked for at least.
const warmLook = 100 * time.Millisecond
