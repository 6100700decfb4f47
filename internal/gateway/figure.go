package gateway

import (
	"math"
	"strconv"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// most is above the number of tokens that any call can have.
const most = 100_000_000

// figure is a number in a provider's report. It accepts any JSON and marks values that cannot be a token count as bad.
type figure struct {
	n            int64
	present, bad bool
}

// UnmarshalJSON never fails, because reports are untrusted.
func (f *figure) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v < 0 || v > most || v != math.Trunc(v) {
		*f = figure{present: true, bad: true}
		return nil
	}
	*f = figure{n: int64(v), present: true}
	return nil
}

func (f figure) valid() bool { return f.present && !f.bad }

// or returns f, or other if f is not present.
func (f figure) or(other figure) figure {
	if f.present {
		return f
	}
	return other
}

// report is what a provider has reported about a call so far.
type report struct {
	counts        usage.Counts
	input, output bool // whether each side was reported
	bad           bool // whether it contains an impossible value
}

func (r report) exact() bool { return r.input && r.output && !r.bad }

// beside returns the report without a side that is zero although the model wrote or read something.
func (r report) beside(generated, prompt int64) report {
	c := r.counts
	r.output = r.output && (generated == 0 || c.Output+c.Reasoning > 0)
	r.input = r.input && (generated == 0 || prompt == 0 || c.Input+c.CacheRead+c.CacheWriteShort+c.CacheWriteLong > 0)
	return r
}

// openAI is a report in OpenAI's protocols: the prompt includes cached tokens and cache writes, the completion includes
// reasoning.
type openAI struct {
	prompt, completion, total, cached, written, reasoning figure
}

func (u openAI) report() report {
	r := report{input: u.prompt.valid(), output: u.completion.valid(),
		bad: u.prompt.bad || u.completion.bad || u.cached.bad || u.written.bad || u.reasoning.bad}
	if r.input {
		r.bad = r.bad || u.cached.n+u.written.n > u.prompt.n
		r.counts.CacheRead = min(u.cached.n, u.prompt.n)
		r.counts.CacheWriteShort = min(u.written.n, u.prompt.n-r.counts.CacheRead)
		r.counts.Input = u.prompt.n - r.counts.CacheRead - r.counts.CacheWriteShort
	}
	if r.output {
		u.splitOutput(&r)
	}
	return r
}

// splitOutput subtracts the reasoning from the completion. Some providers report it separately instead, which their total
// reveals.
func (u openAI) splitOutput(r *report) {
	beside := u.reasoning.n > 0 && u.total.valid() && u.total.n == u.prompt.n+u.completion.n+u.reasoning.n
	if beside {
		r.counts.Output, r.counts.Reasoning = u.completion.n, u.reasoning.n
		return
	}
	r.bad = r.bad || u.reasoning.n > u.completion.n
	r.counts.Reasoning = min(u.reasoning.n, u.completion.n)
	r.counts.Output = u.completion.n - r.counts.Reasoning
}
