package bench

import (
	"fmt"
	"testing"
	"time"
)

// Limits for the number and the duration of the requests per page.
const (
	looks   = 200
	looking = 4 * time.Second
)

// BenchmarkPages requests the most visited pages from a real server, with few and with a million stored sessions.
func BenchmarkPages(b *testing.B) {
	for _, f := range []struct{ teams, each int }{{1000, 1}, {1, 1000}, {1000, 1000}, {1, 1_000_000}} {
		b.Run(fmt.Sprintf("%d sessions in %d teams", f.teams*f.each, f.teams), func(b *testing.B) {
			s := fieldOf(b, f.teams, f.each)
			w := signedIn(b, newHouse(b, s.path).base)
			for b.Loop() {
				for _, p := range pagesOf(s) {
					report50and99(b, p.name, w.look(p.path))
				}
			}
		})
	}
}

func fieldOf(b *testing.B, teams, each int) field {
	if teams == 1 && each == 1_000_000 {
		return million(b)
	}
	return seed(b, teams, each)
}

type page struct{ name, path string }

func pagesOf(f field) []page {
	list := "/t/" + slug + "/sessions"
	return []page{
		{"first page", list}, {"middle page", list + "?before=" + f.middle}, {"page of failed", list + "?status=failed"},
		{"page of queued", list + "?status=queued"}, {"search, common word", list + "?q=repair"}, {"search, rare word", list + "?q=zebra"},
		{"overview", "/t/" + slug},
	}
}

// look requests a page repeatedly. The first requests do not count.
func (w *browser) look(path string) (all times) {
	for range 3 {
		w.get(path)
	}
	for begun := time.Now(); len(all) < looks && time.Since(begun) < looking; {
		took, _ := w.get(path)
		all = append(all, took)
	}
	return all
}
