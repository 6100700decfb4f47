package turn

import (
	"sync"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

// An idle conversation without an answer gets its last message again after an idle delay, then after twice as long, at most
// maxResends times.
const (
	idleDelay  = 3 * time.Second
	maxResends = 4
	// quiet is how long a conversation that works may say nothing before it is asked whether it still works.
	quiet = 15 * time.Second
)

// verdict is what decides whether a turn is over. It is safe for concurrent use.
type verdict struct {
	mu        sync.Mutex
	idle      bool // the conversation runs nothing
	lost      bool // the process is lost
	orphaned  bool // the conversation was deleted
	broken    bool // the stream is broken: there may be news that we do not have
	failure   *wire.Failure
	waitingAt time.Time // when the wait for an answer of an idle conversation began
	heardAt   time.Time // when OpenCode said something, or was asked
	resends   int
}

// locked does do under the lock.
func (v *verdict) locked(do func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do()
}

func (v *verdict) setLost()         { v.locked(func() { v.lost = true }) }
func (v *verdict) setOrphaned()     { v.locked(func() { v.orphaned = true }) }
func (v *verdict) setBroken(b bool) { v.locked(func() { v.broken = b }) }
func (v *verdict) setIdle(idle bool) {
	v.locked(func() { v.idle = idle })
}

// hear notes that OpenCode said something.
func (v *verdict) hear(now time.Time) { v.locked(func() { v.heardAt = now }) }

// isQuiet reports whether a whole stream has brought nothing for too long; then the next wait begins.
func (v *verdict) isQuiet(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.heardAt.IsZero() {
		v.heardAt = now
	}
	if v.broken || now.Sub(v.heardAt) < quiet {
		return false
	}
	v.heardAt = now
	return true
}

// setFailure notes the last session.error, which no message may hold; nil forgets it.
func (v *verdict) setFailure(f *wire.Failure) { v.locked(func() { v.failure = f }) }

func (v *verdict) isIdle() (idle bool) {
	v.locked(func() { idle = v.idle })
	return idle
}

func (v *verdict) failureNow() (f *wire.Failure) {
	v.locked(func() { f = v.failure })
	return f
}

var processEnded = runner.Outcome{End: runner.Lost, Reason: session.Reason{Code: session.RunnerLost, Message: "The OpenCode process ended."}}

// gone is the end of a turn whose process or conversation no longer exists.
func (v *verdict) gone() (out runner.Outcome, gone bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.lost:
		return processEnded, true
	case v.orphaned:
		return runner.Outcome{End: runner.Orphan}, true
	}
	return out, false
}

// mayEnd reports whether nothing runs, as far as we know everything.
func (v *verdict) mayEnd() (ok bool) {
	v.locked(func() { ok = v.idle && !v.broken })
	return ok
}

// resetWait restarts the wait for an answer.
func (v *verdict) resetWait() { v.locked(func() { v.waitingAt = time.Time{} }) }

// waitedEnough reports whether it is time to look after an idle conversation; then the next wait begins.
func (v *verdict) waitedEnough(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.waitingAt.IsZero() {
		v.waitingAt = now
	}
	waited := now.Sub(v.waitingAt)
	failed := v.failure != nil && waited > time.Second
	if !failed && waited < idleDelay<<v.resends {
		return false
	}
	v.waitingAt = now
	return true
}

// countResend allows one more resend; it returns false after maxResends.
func (v *verdict) countResend() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.resends == maxResends {
		return false
	}
	v.resends++
	return true
}

// outcomeOf is what the newest answer means for the turn.
func outcomeOf(answer wire.Message) runner.Outcome {
	switch {
	case answer.Error != nil:
		return runner.Outcome{End: runner.Failed, Reason: reasonOf(*answer.Error)}
	case answer.Finish == "tool-calls":
		return runner.Outcome{End: runner.Done, Reason: session.Reason{Code: session.ByUser, Message: "The agent stopped because one of its requests was rejected."}}
	case answer.Finish == "length":
		return runner.Outcome{End: runner.Failed, Reason: outputLimit}
	case answer.Finish == "content-filter":
		return runner.Outcome{End: runner.Failed, Reason: filtered}
	}
	return runner.Outcome{End: runner.Done}
}
