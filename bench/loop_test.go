package bench

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
)

// judgements is how many events the breaker judges per figure.
const judgements = 20_000

// BenchmarkLoopBreaker measures what the breaker adds to each event: the answer of a model, which the gateway waits for, and a tool call
// with a short result and with one of 4 KiB.
func BenchmarkLoopBreaker(b *testing.B) {
	long := strings.Repeat("pool_test.go:88: acquire: context deadline exceeded after 30.0 s\n", 63)
	for _, kind := range []struct {
		name    string
		observe func(*loop.Watch, loop.Place, string)
	}{
		{"gateway call", func(w *loop.Watch, p loop.Place, id string) {
			w.Answer(loop.Answer{Place: p, ID: id, Text: "Next: " + id, Tools: []string{"read " + id}, Status: 200, Tokens: 900, Cost: 1})
		}},
		{"tool call", func(w *loop.Watch, p loop.Place, id string) {
			w.Call(loop.Call{Place: p, ID: id, Tool: "read", Args: `{"filePath":"` + id + `.go"}`, Result: "package main"})
		}},
		{"tool call with 4 KiB", func(w *loop.Watch, p loop.Place, id string) {
			w.Call(loop.Call{Place: p, ID: id, Tool: "bash", Args: `{"command":"go test ./` + id + `"}`, Result: long, Failed: true})
		}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			for b.Loop() {
				t := judged(kind.observe)
				report(b, "judgement p50", micros(t.at(50)), "µs")
				report(b, "judgement p99", micros(t.at(99)), "µs")
			}
		})
	}
}

func judged(observe func(*loop.Watch, loop.Place, string)) (all times) {
	w, at := loop.NewWatch(), time.Now()
	w.Add("s", 0, at)
	for n := range judgements {
		p, id := loop.Place{Session: "s", At: at.Add(time.Duration(n) * time.Second)}, strconv.Itoa(n)
		all = append(all, timed(func() { observe(w, p, id) }))
	}
	return all
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// runaways are loops of each kind that the breaker's table has: what the agent does in round i.
var runaways = []struct {
	sign loop.Sign
	unit string
	play func(r *runaway, i int)
}{
	{loop.SameCall, "calls", func(r *runaway, _ int) { r.call("read", `{"filePath":"a.go"}`, "package a", false) }},
	{loop.LikeCall, "calls", func(r *runaway, i int) { r.call("bash", `{"command":"date"}`, strconv.Itoa(1_764_000_000+i), false) }},
	{loop.SameError, "calls", func(r *runaway, i int) {
		r.call("edit", `{"oldString":"`+letters(i)+`"}`, "oldString not found in content", true)
	}},
	{loop.NoAnswer, "answers", func(r *runaway, _ int) { r.answer(loop.Answer{}) }},
	{loop.SameAnswer, "answers", func(r *runaway, _ int) { r.answer(loop.Answer{Text: "Done."}) }},
	{loop.Unasked, "answers", func(r *runaway, i int) { r.answer(loop.Answer{Text: "Done, in other words: " + letters(i)}) }},
	{loop.Compactions, "compactions", func(r *runaway, i int) {
		r.step(2 * time.Second)
		r.note(r.w.Compaction(loop.Compaction{Place: r.at, ID: "k" + strconv.Itoa(i)}))
	}},
	{loop.CallRate, "calls", func(r *runaway, i int) {
		r.pace = 100 * time.Millisecond
		r.call("read", `{"filePath":"`+letters(i)+`"}`, letters(i), false)
	}},
	{loop.CostRate, "micro-dollars", func(r *runaway, i int) {
		r.price = 1_000_000
		r.call("read", `{"filePath":"`+letters(i)+`"}`, letters(i), false)
	}},
}

// BenchmarkLoopTrips counts at which repeat the breaker stops each kind of loop, with the default of a team's repeats and with the least
// and the most that it may choose.
func BenchmarkLoopTrips(b *testing.B) {
	for b.Loop() {
		for _, kind := range runaways {
			for _, repeats := range []int{loop.DefaultRepeats, loop.MinRepeats, loop.MaxRepeats} {
				r := newRunaway(repeats)
				for i := 0; r.stopped == nil && i < 1000; i++ {
					kind.play(r, i)
				}
				if r.stopped == nil || r.stopped.Sign != kind.sign {
					b.Fatalf("%s was stopped as %+v", kind.sign, r.stopped)
				}
				report(b, fmt.Sprintf("%s, team's repeats %d", kind.sign, repeats), float64(r.stopped.Count), kind.unit)
			}
		}
	}
}

// runaway is an agent in a loop, until the breaker stops it.
type runaway struct {
	w       *loop.Watch
	at      loop.Place
	n       int
	pace    time.Duration
	price   int64
	stopped *loop.Evidence
}

func newRunaway(repeats int) *runaway {
	r := &runaway{w: loop.NewWatch(), at: loop.Place{Session: "s", Conversation: "main", At: time.Now()}, pace: 2 * time.Second}
	r.w.Add("s", repeats, r.at.At)
	return r
}

func (r *runaway) step(d time.Duration) {
	r.n++
	r.at.At = r.at.At.Add(d)
}

func (r *runaway) note(e *loop.Evidence) {
	if r.stopped == nil {
		r.stopped = e
	}
}

func (r *runaway) answer(a loop.Answer) {
	r.step(r.pace)
	a.Place, a.ID, a.Status, a.Tokens, a.Cost = r.at, "c"+strconv.Itoa(r.n), 200, 900, r.price
	r.note(r.w.Answer(a))
}

func (r *runaway) call(tool, args, result string, failed bool) {
	r.answer(loop.Answer{Tools: []string{tool + args}})
	r.note(r.w.Call(loop.Call{Place: r.at, ID: "t" + strconv.Itoa(r.n), Tool: tool, Args: args, Result: result, Failed: failed}))
}

// letters is another word for each number, because the breaker overlooks numbers.
func letters(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return letters(i/26-1) + string(rune('a'+i%26))
}
