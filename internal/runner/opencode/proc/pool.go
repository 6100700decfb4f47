package proc

import (
	"context"
	"runtime"
	"sync"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// Pool holds the agents of all sessions that have a process or are about to get one. It is safe for concurrent use.
type Pool struct {
	opts    Options
	unknown *wire.Counter
	// starts bounds how many processes start at once: more than one per processor are ready no earlier, and the first ones later.
	starts chan struct{}

	mu     sync.Mutex
	agents map[Key]*pooled
	// making holds one token: one spare starts at a time. ctx ends with the pool, and wg waits for those that start.
	making chan struct{}
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

type pooled struct {
	*Agent
	holders int
	spare   *spare // nil for the agent of a session
}

// NewPool makes an empty pool. Types of events that this version does not have are counted in unknown.
func NewPool(o Options, unknown *wire.Counter) *Pool {
	p := &Pool{opts: o.WithDefaults(), unknown: unknown, starts: make(chan struct{}, runtime.NumCPU()), agents: map[Key]*pooled{}, making: make(chan struct{}, 1)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Hold gives the agent of a session, which stays the only one of the session until Drop is called as often as Hold.
func (p *Pool) Hold(k Key) *Agent {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.agents[k]
	if e == nil {
		e = &pooled{Agent: NewAgent(p.opts, k, p.unknown)}
		e.starts, e.stopped = p.starts, func() { p.forget(e.Key()) }
		p.agents[k] = e
	}
	e.holders++
	return e.Agent
}

// Drop undoes one Hold.
func (p *Pool) Drop(k Key) {
	p.mu.Lock()
	if e := p.agents[k]; e != nil {
		e.holders--
	}
	p.mu.Unlock()
	p.forget(k)
}

// forget removes an agent that nobody holds and that has no process.
func (p *Pool) forget(k Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.agents[k]; e != nil && e.holders == 0 && e.Server() == nil {
		delete(p.agents, k)
	}
}

// Acquire is Agent.Acquire of a session. If a process has to start, spares and then the longest idle ones end first where the host has
// too many. Call Release once for each Acquire that succeeded.
func (p *Pool) Acquire(ctx context.Context, k Key, u Use) (*Server, error) {
	a := p.Hold(k)
	if !a.isRunning() {
		p.makeRoom(ctx)
	}
	srv, err := a.Acquire(ctx, u)
	if err != nil {
		p.Drop(k)
	}
	return srv, err
}

// Release gives the session's process back.
func (p *Pool) Release(k Key) {
	p.mu.Lock()
	e := p.agents[k]
	p.mu.Unlock()
	e.Release()
	p.Drop(k)
}

// makeRoom ends processes that nobody uses, spares first and then the longest idle, until those that are held and those that are idle
// together are within the limit and the host has memory for one more. One that cannot be ended does not keep another session from its
// start.
func (p *Pool) makeRoom(ctx context.Context) {
	for ctx.Err() == nil {
		e, s := p.surplus()
		if e == nil {
			return
		}
		if s != nil { // it may still be starting
			s.cancel()
			<-s.made
		}
		if err := e.stopIdle(ctx); err != nil {
			e.log.Error("stop an idle OpenCode", "error", err)
			return
		}
	}
}

// surplus is a spare, or else the longest idle agent, if there are more processes than allowed, else nil.
func (p *Pool) surplus() (longest *pooled, unused *spare) {
	isLow := p.opts.LowMemory != nil && p.opts.LowMemory()
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, e := range p.agents {
		idle := e.holders == 0 && e.Server() != nil || e.spare != nil && !e.spare.isReady
		if idle || e.holders > 0 {
			n++
		}
		if isFirst := e.spare != nil; idle && (longest == nil || isFirst && unused == nil || isFirst == (unused != nil) && e.idleFor() > longest.idleFor()) {
			longest, unused = e, e.spare
		}
	}
	if p.opts.MaxProcesses > 0 && n > p.opts.MaxProcesses || isLow {
		return longest, unused
	}
	return nil, nil
}

// Running is how many processes run.
func (p *Pool) Running() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.agents {
		if e.isRunning() {
			n++
		}
	}
	return n
}

func (a *Agent) isRunning() bool {
	srv := a.Server()
	return srv != nil && !srv.IsDead()
}

// All lists the agents.
func (p *Pool) All() (all []*Agent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.agents {
		all = append(all, e.Agent)
	}
	return all
}
