package bench

import (
	"fmt"
	"testing"
	"time"
)

// Every session sends text ten times per second during the measurement.
const (
	pace      = 100 * time.Millisecond
	measuring = 8 * time.Second
	warming   = 2 * time.Second
)

// BenchmarkStreams runs scripted agents in as many sessions as there are readers, one reader per session, and then all readers on one
// session that sends text as fast as possible. Server, agents and readers share this process.
func BenchmarkStreams(b *testing.B) {
	for _, kind := range []string{"API", "page"} {
		for _, n := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("%s, sessions and readers %d, ten events a second each", kind, n), func(b *testing.B) { streams(b, kind, n, n, pace) })
		}
	}
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("API, one session without pause, readers %d", n), func(b *testing.B) { streams(b, "API", 1, n, 0) })
	}
}

func streams(b *testing.B, kind string, sessions, readers int, every time.Duration) {
	s := newStage(b, every)
	ids := s.start(sessions)
	var all []*reader
	for i := range readers {
		all = append(all, s.reader(kind, ids[i%sessions]))
	}
	close(s.curtain)
	for b.Loop() {
		<-time.After(warming)
		before, used, begun := s.said.Load(), processorTime(), time.Now()
		s.measuring.Store(true)
		<-time.After(measuring)
		s.measuring.Store(false)
		took, used := time.Since(begun).Seconds(), processorTime()-used
		delays := gather(all)
		report(b, "events recorded", float64(s.said.Load()-before)/took, "per second")
		report(b, "events read", float64(len(delays))/took, "per second")
		report50and99(b, "from record to reader", delays)
		report(b, "processors in use", used.Seconds()/took, "cores")
		report(b, "of a processor for each event read", used.Seconds()*1e6/float64(max(1, len(delays))), "µs")
	}
}

func gather(all []*reader) (delays times) {
	for _, r := range all {
		r.mu.Lock()
		delays = append(delays, r.delays...)
		r.mu.Unlock()
	}
	return delays
}
