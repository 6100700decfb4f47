package gateway

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// The rates of the package's documentation: bytes a token, and tokens a second of unseen thinking.
const (
	usualBytes, upperBytes = 4, 2
	silentTokens           = 100
)

// counts are the tokens the call is charged, and whether any of it is an estimate.
func (x *exchange) counts(now time.Time) (c usage.Counts, estimated bool) {
	r := x.answer.report
	if r.exact() {
		return r.counts.Clean(), false
	}
	if x.refused || !x.reached.Load() {
		return usage.Counts{}, false
	}
	c = r.counts.Clean()
	rate := int64(usualBytes)
	if x.gone {
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

// guess is what the tokenizer's rule makes of an answered call, to hold the provider's figures against.
func (x *exchange) guess() (g usage.Guess) {
	if x.refused || !x.reached.Load() {
		return g
	}
	return usage.Guess{Input: perToken(x.q.ask.PromptBytes, usualBytes), Output: perToken(x.answer.generated, usualBytes)}
}

func (x *exchange) estimatedOutput(rate int64, now time.Time) int64 {
	out := perToken(x.answer.generated, rate)
	if x.gone {
		out += max(0, int64(now.Sub(x.heard).Seconds()*silentTokens))
	}
	if limit := x.outputLimit(); limit > 0 {
		return min(out, limit)
	}
	return out
}

// outputLimit is the limit that the provider was given; 0: none.
func (x *exchange) outputLimit() int64 {
	if x.grant.MaxTokens > 0 && (x.q.ask.MaxTokens == 0 || x.grant.MaxTokens < x.q.ask.MaxTokens) {
		return x.grant.MaxTokens
	}
	return x.q.ask.MaxTokens
}

func perToken(bytes, rate int64) int64 { return (bytes + rate - 1) / rate }
