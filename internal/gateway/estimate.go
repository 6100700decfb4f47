package gateway

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// The rates in the package's documentation: bytes per token, and tokens per second of invisible reasoning.
const (
	usualBytes, upperBytes = 4, 2
	silentTokens           = 100
)

// counts returns the tokens to charge for the call, and whether they are partly estimated.
func (x *exchange) counts(now time.Time) (c usage.Counts, estimated bool) {
	r := x.answer.report.beside(x.answer.generated, x.q.ask.PromptBytes)
	if r.exact() {
		return r.counts.Clean(), false
	}
	if x.refused || !x.reached.Load() {
		return usage.Counts{}, false
	}
	c = r.counts.Clean()
	rate := int64(usualBytes)
	if x.clientGone {
		rate = upperBytes
	}
	if !r.input {
		c.Input, c.CacheRead, c.CacheWriteShort, c.CacheWriteLong = perToken(x.q.ask.PromptBytes, rate), 0, 0, 0
	}
	if !r.output {
		c.Output, c.Reasoning = max(c.Output, x.estimatedOutput(rate, now)), 0
	}
	return c, true
}

// guess estimates the tokens of an answered call, to compare the provider's figures with.
func (x *exchange) guess() (g usage.Guess) {
	if x.refused || !x.reached.Load() {
		return g
	}
	return usage.Guess{Input: perToken(x.q.ask.PromptBytes, usualBytes), Output: perToken(x.answer.generated, usualBytes)}
}

func (x *exchange) estimatedOutput(rate int64, now time.Time) int64 {
	out := perToken(x.answer.generated, rate)
	if x.clientGone {
		out += max(0, int64(now.Sub(x.lastByte).Seconds()*silentTokens))
	}
	if limit := x.outputLimit(); limit > 0 {
		return min(out, limit)
	}
	return out
}

// outputLimit is the output limit that was sent to the provider; 0 means none.
func (x *exchange) outputLimit() int64 {
	if x.grant.MaxTokens > 0 && (x.q.ask.MaxTokens == 0 || x.grant.MaxTokens < x.q.ask.MaxTokens) {
		return x.grant.MaxTokens
	}
	return x.q.ask.MaxTokens
}

func perToken(bytes, rate int64) int64 { return (bytes + rate - 1) / rate }
