package session

import (
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// Judge is the success and quality of an attempt that has ended. counts is false for attempts that say nothing about the agent: those that
// a person stopped or cancelled, and those that ended for want of a model, a budget or a runner.
//
// Success is a completed attempt with no failed check, that was not reverted and has no thumb down; a partially completed one is half.
// Quality is the mean of what is there of: share of checks passed, merged (1) or reverted (0), thumb, and 1 − denied asks / asks.
func Judge(status Status, why ReasonCode, o Outcome, thumb int64) (e agent.End, counts bool) {
	if !blames(status, why) {
		return agent.End{Quality: -1}, false
	}
	e.Quality = quality(o, thumb)
	spoiled := o.Checks.Failed > 0 || o.RevertedAt != nil || thumb < 0
	switch {
	case status == Completed && !spoiled:
		e.Success = 1000
	case status == PartiallyCompleted && !spoiled:
		e.Success = 500
	}
	return e, true
}

func blames(status Status, why ReasonCode) bool {
	switch status {
	case Completed, PartiallyCompleted, Timeout:
		return true
	case Failed:
		return slices.Contains([]ReasonCode{AgentError, ContextOverflow, LoopDetected, PermissionTimeout}, why)
	}
	return false
}

func quality(o Outcome, thumb int64) int64 {
	var sum, n int64
	add := func(thousandths int64) { sum, n = sum+thousandths, n+1 }
	if all := int64(o.Checks.Passed + o.Checks.Failed); all > 0 {
		add(int64(o.Checks.Passed) * 1000 / all)
	}
	switch {
	case o.RevertedAt != nil:
		add(0)
	case o.MergedAt != nil:
		add(1000)
	}
	if thumb != 0 {
		add((thumb + 1) * 500)
	}
	if o.Asked > 0 {
		add(1000 - int64(o.Denied)*1000/int64(o.Asked))
	}
	if n == 0 {
		return -1
	}
	return sum / n
}
