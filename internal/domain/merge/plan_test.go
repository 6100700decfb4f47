package merge_test

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
)

// queue is a queue whose trees fail if they contain a bad entry, or both entries of a bad pair.
type queue struct {
	baseFails bool
	bad       map[int]bool
	pairs     [][2]int
}

func (q queue) passes(landed, batch []int) bool {
	in := map[int]bool{}
	for _, e := range landed {
		in[e] = true
	}
	for _, e := range batch {
		in[e] = true
	}
	for e := range in {
		if q.bad[e] {
			return false
		}
	}
	for _, p := range q.pairs {
		if in[p[0]] && in[p[1]] {
			return false
		}
	}
	return !q.baseFails
}

// work runs batches of entries until none is left or the queue stops, and checks every step.
func (q queue) work(t *testing.T, entries []int) (landed, out []int, checks int) {
	t.Helper()
	rest := entries
	for len(rest) > 0 {
		batch := rest[:min(len(rest), 8)]
		known := map[int]merge.Verdict{}
		for steps := 0; ; steps++ {
			if steps > 10 {
				t.Fatalf("a batch of %d entries does not end: %v", len(batch), known)
			}
			s := merge.Next(len(batch), func(k int) merge.Verdict { return known[k] })
			if s.Act == merge.Check {
				if known[s.N] != merge.Unknown {
					t.Fatalf("the first %d are checked twice", s.N)
				}
				known[s.N], checks = merge.Failed, checks+1
				if q.passes(landed, batch[:s.N]) {
					known[s.N] = merge.Passed
				}
				continue
			}
			if s.Act == merge.Stop {
				if known[0] != merge.Failed {
					t.Fatal("the queue stopped, and the base did not fail")
				}
				return landed, out, checks
			}
			if s.Act == merge.Land {
				if known[s.N] != merge.Passed {
					t.Fatalf("%d entries landed that did not pass", s.N)
				}
				landed, rest = append(landed, batch[:s.N]...), rest[s.N:]
				break
			}
			if known[s.N] != merge.Failed || known[s.N-1] != merge.Passed {
				t.Fatalf("entry %d was taken out with %v", s.N, known)
			}
			out = append(out, batch[s.N-1])
			rest = append(append([]int{}, rest[:s.N-1]...), rest[s.N:]...)
			break
		}
	}
	return landed, out, checks
}

func TestAQueueLandsWhatPassesAndBlamesWhatFails(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(20)
		q, entries := queue{bad: map[int]bool{}, baseFails: seed%50 == 0}, []int{}
		for e := range n {
			entries = append(entries, e)
			q.bad[e] = r.IntN(5) == 0
		}
		if r.IntN(3) == 0 && n > 1 {
			q.pairs = append(q.pairs, [2]int{r.IntN(n), r.IntN(n)})
		}
		landed, out, checks := q.work(t, entries)
		if q.baseFails {
			if len(landed)+len(out) > 0 {
				t.Fatalf("seed %d: on a red base %v landed and %v were taken out", seed, landed, out)
			}
			continue
		}
		if len(landed)+len(out) != n || !q.passes(landed, nil) {
			t.Fatalf("seed %d: %v landed, %v taken out", seed, landed, out)
		}
		for _, e := range out {
			if q.passes(landed, []int{e}) && !q.bad[e] {
				t.Fatalf("seed %d: entry %d was taken out and does no harm", seed, e)
			}
		}
		if most := (n+7)/8 + len(out)*(bits.Len(8)+2); checks > most {
			t.Fatalf("seed %d: %d checks for %d entries of which %d are bad, at most %d are needed", seed, checks, n, len(out), most)
		}
	}
}

func TestAnEmptyBatchStops(t *testing.T) {
	t.Parallel()
	if got := merge.Next(0, nil); got.Act != merge.Stop {
		t.Errorf("%+v", got)
	}
}
