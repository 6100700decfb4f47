package bench

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
)

// BenchmarkLoopBreaker measures what the breaker adds to each event: a tool call with a short result and with one of 4 KiB, and the
// answer of a model.
func BenchmarkLoopBreaker(b *testing.B) {
	long := strings.Repeat("pool_test.go:88: acquire: context deadline exceeded after 30.0 s\n", 63)
	for name, observe := range map[string]func(*loop.Watch, loop.Place, string){
		"tool call": func(w *loop.Watch, p loop.Place, id string) {
			w.Call(loop.Call{Place: p, ID: id, Tool: "read", Args: `{"filePath":"` + id + `.go"}`, Result: "package main"})
		},
		"tool call with 4 KiB": func(w *loop.Watch, p loop.Place, id string) {
			w.Call(loop.Call{Place: p, ID: id, Tool: "bash", Args: `{"command":"go test ./` + id + `"}`, Result: long, Failed: true})
		},
		"model call": func(w *loop.Watch, p loop.Place, id string) {
			w.Answer(loop.Answer{Place: p, ID: id, Text: "Next: " + id, Tools: []string{"read " + id}, Status: 200, Tokens: 900, Cost: 1})
		},
	} {
		b.Run(name, func(b *testing.B) { breakerCost(b, observe) })
	}
}

func breakerCost(b *testing.B, observe func(*loop.Watch, loop.Place, string)) {
	w, at, n := loop.NewWatch(), time.Now(), 0
	w.Add("s", 0, at)
	for b.Loop() {
		n++
		observe(w, loop.Place{Session: "s", At: at.Add(time.Duration(n) * time.Second)}, strconv.Itoa(n))
	}
	report(b, "breaker per event", float64(b.Elapsed().Nanoseconds())/float64(max(n, 1))/1000, "µs")
}
