package bench

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// starts is the number of starts per figure.
const starts = 5

// BenchmarkColdStart measures the time from the start of the real binary to the first 200 response of /health/ready.
func BenchmarkColdStart(b *testing.B) {
	binary(b)
	for b.Loop() {
		var fresh, again, stored times
		for range starts {
			dir := b.TempDir()
			for _, into := range []*times{&fresh, &again} {
				p := serve(b, dir)
				*into = append(*into, p.took)
				p.stop()
			}
		}
		dir := million(b).dir
		for range starts {
			p := serve(b, dir)
			stored = append(stored, p.took)
			p.stop()
		}
		report(b, "new data, median", millis(fresh.at(50)), "ms")
		report(b, "data there already, median", millis(again.at(50)), "ms")
		report(b, "a million sessions stored, median", millis(stored.at(50)), "ms")
	}
}

// BenchmarkMemory measures the memory of the real binary after its start, and while eight users page through a million sessions.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		report(b, "idle, new data", serve(b, b.TempDir()).settled(), "MB")
		f := million(b)
		p := serve(b, f.dir)
		report(b, "idle, a million sessions stored", p.settled(), "MB")
		most, pages := p.load(f)
		report(b, "most while pages are read", most, "MB")
		report(b, "pages read meanwhile", pages, "per second")
		report(b, "idle afterwards", p.settled(), "MB")
	}
}

// settled returns the memory after some seconds.
func (p *program) settled() float64 {
	<-time.After(3 * time.Second)
	return p.memory()
}

// How long eight browsers read pages.
const (
	readers     = 8
	readingTime = 10 * time.Second
)

// load returns the maximum memory while pages are read, and the pages per second.
func (p *program) load(f field) (most, pages float64) {
	p.b.Helper()
	w, until := signedIn(p.b, p.url), time.Now().Add(readingTime)
	var wg sync.WaitGroup
	var n atomic.Int64
	for range readers {
		wg.Go(func() {
			for i := 0; time.Now().Before(until); i++ {
				look := pagesOf(f)[i%3]
				if _, status, err := fetch(p.b.Context(), w.http, p.url+look.path); err != nil || status != http.StatusOK {
					p.b.Errorf("%s: status %d: %v", look.name, status, err)
					return
				}
				n.Add(1)
			}
		})
	}
	for time.Now().Before(until) {
		<-time.After(50 * time.Millisecond)
		most = max(most, p.memory())
	}
	wg.Wait()
	return most, float64(n.Load()) / readingTime.Seconds()
}
