package gateway

import (
	"math"
	"strconv"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// most is more tokens than one call can have.
const most = 100_000_000

// figure is a number in a provider's report. It takes any JSON: what is no count of tokens is marked as bad.
type figure struct {
	n          int64
	given, bad bool
}

// UnmarshalJSON never fails: a report is outside text.
func (f *figure) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || v < 0 || v > most || v != math.Trunc(v) {
		*f = figure{given: true, bad: true}
		return nil
	}
	*f = figure{n: int64(v), given: true}
	return nil
}

func (f figure) known() bool { return f.given && !f.bad }

// or is f, or other when f was not given.
func (f figure) or(other figure) figure {
	if f.given {
		return f
	}
	return other
}

// report is what a provider told of a call so far.
type report struct {
	counts        usage.Counts
	input, output bool // each side was told
	bad           bool // something in it cannot be true
}

func (r report) exact() bool { return r.input && r.output && !r.bad }

// openAI is a report in the words of OpenAI's protocols: the prompt includes the cached tokens and those written
// to the cache, the completion includes the reasoning.
type openAI struct {
	prompt, completion, total, cached, written, reasoning figure
}

func (u openAI) report() report {
	r := report{input: u.prompt.known(), output: u.completion.known(),
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

// splitOutput takes the reasoning out of the completion. Some providers report it beside the completion instead;
// their total tells.
func (u openAI) splitOutput(r *report) {
	beside := u.reasoning.n > 0 && u.total.known() && u.total.n == u.prompt.n+u.completion.n+u.reasoning.n
	if beside {
		r.counts.Output, r.counts.Reasoning = u.completion.n, u.reasoning.n
		return
	}
	r.bad = r.bad || u.reasoning.n > u.completion.n
	r.counts.Reasoning = min(u.reasoning.n, u.completion.n)
	r.counts.Output = u.completion.n - r.counts.Reasoning
}
