package opencode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// turn is one Execute. Its loop owns everything but what mu guards, which signals share.
type turn struct {
	r    *Runner
	key  turnKey
	job  runner.Job
	sink runner.Sink
	box  *box
	srv  *server

	ended  chan struct{} // closed when Execute returns
	opened chan struct{} // closed when signals are taken
	stop   chan struct{} // closed when the runner closes
	once   sync.Once
	// sending keeps prompts in order.
	sending sync.Mutex

	mu           sync.Mutex
	conversation string
	closed       bool
	inflight     int
	newest       string // the newest message id of the conversation
	given        []*given
	replied      map[string]bool // asks answered through us

	last      map[string]int64       // conversation → last sequence applied
	messages  map[string]messageInfo // of all its conversations
	assistant messageInfo            // the newest answer of the conversation itself
	asks      map[string]bool        // open at the agent
	statuses  map[string]string      // tool part → the status told last
	calls     map[string]string      // message/call → its status
	texts     map[string][]part      // a person's message → what it says
	growing   map[string]*growing
	idle      bool
	since     time.Time // when it became idle without an answer
	nudges    int
	refused   string // the message whose call a person refused last
	lost      bool
	orphan    bool
	broken    bool
	troubled  bool
	// recollected is true once the messages of an earlier turn are read.
	recollected bool
	// asksTold is true once it is said which asks wait.
	asksTold bool
	failure  *sourceError // the last session.error, which no message may hold
	pending  session.Batch
	applying *entry // the entry being applied, which a panic leaves here
	flushed  time.Time
}

func newTurn(r *Runner, job runner.Job, sink runner.Sink) *turn {
	t := &turn{r: r, key: turnKey{job.Tenant, job.Session}, job: job, sink: sink, box: newBox(), ended: make(chan struct{}),
		opened: make(chan struct{}), stop: make(chan struct{}), replied: map[string]bool{}, last: map[string]int64{},
		messages: map[string]messageInfo{}, asks: map[string]bool{}, statuses: map[string]string{}, growing: map[string]*growing{},
		calls: map[string]string{}, texts: map[string][]part{}}
	for id, seq := range job.Cursor {
		t.last[id] = seq
	}
	return t
}

// abort asks the turn to end as Aborted.
func (t *turn) abort() { t.once.Do(func() { close(t.stop) }) }

// errSink says that the attempt is no longer ours.
type errSink struct{ error }

func (e errSink) Unwrap() error { return e.error }

func failed(why session.Reason) (runner.Outcome, error) {
	return runner.Outcome{End: runner.Failed, Reason: why}, nil
}

func (t *turn) run(parent context.Context, srv *server) (out runner.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = t.failAfterPanic(p, debug.Stack())
		}
	}()
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	release := context.AfterFunc(parent, t.abort)
	defer release()
	go func() {
		select {
		case <-t.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	t.srv = srv
	out, err = t.play(ctx)
	if err == nil && ctx.Err() == nil {
		return out, nil
	}
	var sink errSink
	switch {
	case errors.As(err, &sink):
		return runner.Outcome{End: runner.Lost}, sink.error
	case ctx.Err() != nil:
		return t.aborted(), nil
	}
	return t.explain(err)
}

// explain is the outcome of a call to OpenCode that failed.
func (t *turn) explain(err error) (runner.Outcome, error) {
	t.r.log.Warn("OpenCode turn", "session", string(t.job.Session), "error", err)
	var u *unready
	var refused *refusal
	switch {
	case errors.As(err, &u):
		return failed(u.reason)
	case errors.As(err, &refused):
		return failed(session.Reason{Code: session.AgentError, Message: "OpenCode refused a request: " + sentence(refused.what)})
	}
	return t.end(context.Background(), runner.Outcome{End: runner.Lost,
		Reason: session.Reason{Code: session.RunnerLost, Message: "The connection to OpenCode was lost."}})
}

// play is the turn from its first check to its end.
func (t *turn) play(ctx context.Context) (runner.Outcome, error) {
	if info, err := os.Stat(t.job.Dir); err != nil || !info.IsDir() {
		return failed(session.Reason{Code: session.WorkspaceError, Message: "The session's work tree is not there."})
	}
	orphan, err := t.open(ctx)
	if err != nil {
		return runner.Outcome{}, err
	}
	if orphan {
		return runner.Outcome{End: runner.Orphan}, nil
	}
	t.srv.subscribe(t.conversation, t)
	defer t.srv.unsubscribe(t.conversation)
	if err := t.catchUp(ctx); err != nil {
		return runner.Outcome{}, err
	}
	if t.idle {
		if err := t.ready(ctx); err != nil {
			return runner.Outcome{}, err
		}
	}
	out, over, err := t.begin(ctx)
	if err != nil || over {
		return out, err
	}
	close(t.opened)
	return t.loop(ctx)
}

// open finds the conversation or makes it; orphan is true when it no longer exists.
func (t *turn) open(ctx context.Context) (orphan bool, err error) {
	if t.job.Conversation != "" {
		t.setConversation(t.job.Conversation)
		_, err := t.srv.client.session(ctx, t.job.Conversation)
		if refusedWith(err, 404) {
			return true, nil
		}
		return false, err
	}
	if err := t.ready(ctx); err != nil {
		return false, err
	}
	s, err := t.srv.client.create(ctx, t.job.Dir, t.job.Title)
	if err != nil {
		return false, err
	}
	t.setConversation(s.ID)
	t.last[s.ID] = 0 // its creation, which Conversation tells
	if err := t.sink.Conversation(context.WithoutCancel(ctx), s.ID); err != nil {
		return false, errSink{err}
	}
	return false, nil
}

func (t *turn) setConversation(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conversation = id
}

// ready boots the directory and refuses an agent or a model that is not there: OpenCode would end in silence.
func (t *turn) ready(ctx context.Context) error {
	if err := t.srv.instance(ctx, t.job.Dir); refusedWith(err, 400) {
		if t.job.OwnConfig {
			return invalid(err, "OpenCode refuses the repository's own configuration, or the team's: %s", sentence(err.Error()))
		}
		return invalid(err, "OpenCode refuses the team's config.")
	} else if err != nil {
		return err
	}
	agents, err := t.srv.client.agents(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	if !offers(agents, t.job.Agent) {
		return invalid(errors.New("unknown agent"), "OpenCode has no agent %q that a session can begin with.", t.job.Agent)
	}
	slug, model, _ := provider.SplitIdentifier(t.job.Model)
	known, err := t.srv.client.providers(ctx, t.job.Dir)
	if err != nil {
		return err
	}
	for _, p := range known.Providers {
		if _, ok := p.Models[model]; ok && p.ID == slug {
			return nil
		}
	}
	return invalid(errors.New("unknown model"), "The team has no model %q now.", t.job.Model)
}

func offers(agents []agentInfo, name string) bool {
	for _, a := range agents {
		if a.Name == name && a.Mode != "subagent" && !a.Hidden {
			return true
		}
	}
	return false
}

func invalid(cause error, format string, args ...any) error {
	return &unready{session.Reason{Code: session.InvalidConfig, Message: fmt.Sprintf(format, args...)}, cause}
}

// loop applies what happens until the turn is over.
func (t *turn) loop(ctx context.Context) (runner.Outcome, error) {
	for {
		for _, i := range t.box.take() {
			if err := t.handle(ctx, i); err != nil {
				return runner.Outcome{}, err
			}
		}
		if err := t.flush(ctx); err != nil {
			return runner.Outcome{}, err
		}
		out, over, err := t.over(ctx)
		if err != nil || over {
			return out, err
		}
		wake := time.NewTimer(t.nextLook())
		select {
		case <-t.box.bell:
		case <-wake.C:
		case <-ctx.Done():
			wake.Stop()
			return runner.Outcome{}, ctx.Err()
		}
		wake.Stop()
	}
}

// nextLook is when there may be something to do although nothing happened.
func (t *turn) nextLook() time.Duration {
	if t.grew() {
		return partEvery
	}
	return time.Second
}

func (t *turn) handle(ctx context.Context, i item) error {
	switch i.kind {
	case itemDead:
		t.lost = true
	case itemBroken:
		t.broken = true
	case itemConnected, itemGap:
		return t.catchUp(ctx)
	case itemEvent:
		return t.apply(ctx, i)
	}
	return nil
}
