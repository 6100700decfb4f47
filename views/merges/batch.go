package merges

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// step is one step of a batch on its way to the base.
type step struct{ mark, name, what string }

// batch are the entries that are checked together.
func (p Page) batch() (in []merge.Entry) {
	for _, e := range p.Queue.Entries {
		if e.Status == merge.Checking {
			in = append(in, e)
		}
	}
	return in
}

// steps are the steps of the batch: the merge of its entries, the checks of the tree, and the way to the base.
func (p Page) steps() []step {
	n := len(p.batch())
	checks := step{"open", "checks", "after the merge"}
	last := step{"open", "push", "when all checks pass"}
	switch {
	case p.Queue.Landing != "":
		checks = step{"completed", "checks", "passed on this tree"}
		last.mark, last.what = "running", "on its way to "+p.Queue.Base
	case p.Queue.CheckingSince != nil:
		checks = step{"running", "checks", p.checking(n)}
	}
	if len(p.Queue.Checks) == 0 {
		checks = step{"completed", "checks", "none for this repository"}
	}
	if e := p.byPull(); e != nil {
		last = step{"running", "pull request", "opens"}
		if e.Pull > 0 {
			last.what = "#" + strconv.Itoa(e.Pull) + ", waits for the forge"
		}
	}
	return []step{{"completed", "merge", "on " + p.Queue.Base + " " + p.baseCommit()}, checks, last}
}

// checking says what the check that runs covers, and how long it takes.
func (p Page) checking(n int) string {
	took := ui.Clock(p.Now.Sub(*p.Queue.CheckingSince)) + " of about " + p.medianClock()
	switch k := p.Queue.Checking; {
	case k == 0:
		return p.Queue.Base + " alone, " + took
	case k < n:
		return fmt.Sprintf("first %d of %d, %s", k, n, took)
	}
	return took
}

// byPull is the entry that a pull request lands now; nil if none does.
func (p Page) byPull() *merge.Entry {
	i := slices.IndexFunc(p.Queue.Entries, func(e merge.Entry) bool { return e.ID == p.Queue.LandingEntry })
	if p.Queue.LandingEntry == "" || i < 0 {
		return nil
	}
	return &p.Queue.Entries[i]
}

// medianTook is the median of the newest runs; false without one.
func (p Page) medianTook() (time.Duration, bool) {
	var all []time.Duration
	for _, r := range p.Queue.Runs {
		all = append(all, r.Took)
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	return all[len(all)/2], true
}

// medianOf says how many runs the median is of.
func (p Page) medianOf() string {
	if len(p.Queue.Runs) == 0 {
		return "no run yet"
	}
	return "median of " + ui.Plural(int64(len(p.Queue.Runs)), "run")
}

// about is when an entry that waits is expected to be merged, by the median of the runs and the batches ahead of it; an en dash without
// a run, while the queue stands, or while it waits for people on the forge.
func (p Page) about(e merge.Entry) string {
	took, ok := p.medianTook()
	if !ok || e.Status != merge.Waiting || p.Queue.Held != "" || p.Queue.Stopped != "" || p.Queue.Waits != "" {
		return "–"
	}
	at, ahead := p.Now, 0
	if p.Queue.CheckingSince != nil {
		if end := p.Queue.CheckingSince.Add(took); end.After(at) {
			at = end
		}
	}
	for _, other := range p.Queue.Entries {
		if other.ID == e.ID {
			break
		}
		if other.Status == merge.Waiting {
			ahead++
		}
	}
	return "about " + at.Add(time.Duration(ahead/merge.MaxBatch+1)*took).UTC().Format("15:04")
}

// bisect are the runs that found the entry with which a batch failed, oldest first.
type bisect struct {
	entries []merge.ID
	runs    []merge.Run
	// out is the entry that was taken out.
	out merge.Entry
}

// newestBisect returns the bisection that took out the newest entry whose checks failed in a batch; nil without one.
func (p Page) newestBisect() *bisect {
	for _, e := range p.Queue.Left {
		if e.Status != merge.TakenOut || len(e.Conflicts) > 0 {
			continue
		}
		if b := p.bisectOf(e); len(b.runs) > 1 && len(b.entries) > 1 {
			return b
		}
	}
	return nil
}

// bisectOf collects the runs on one base whose entries are the start of the failed batch with an entry in it.
func (p Page) bisectOf(e merge.Entry) *bisect {
	b := &bisect{out: e}
	base := ""
	for _, r := range p.Queue.Runs {
		if r.Verdict == merge.Failed && slices.Contains(r.Entries, e.ID) && len(r.Entries) > len(b.entries) && (base == "" || r.Base == base) {
			b.entries, base = r.Entries, r.Base
		}
	}
	for _, r := range slices.Backward(p.Queue.Runs) {
		if r.Base == base && len(r.Entries) <= len(b.entries) && slices.Equal(r.Entries, b.entries[:len(r.Entries)]) {
			b.runs = append(b.runs, r)
		}
	}
	return b
}

// class is the look of the i-th entry's square in a run: in the tree, not in it, or the one that was found.
func (b bisect) class(r merge.Run, i int) string {
	switch {
	case i >= len(r.Entries):
		return "offc"
	case b.entries[i] == b.out.ID && r.Verdict == merge.Failed && i == len(r.Entries)-1:
		return "hit"
	}
	return "on"
}

// result says what a run showed.
func (b bisect) result(r merge.Run) string {
	s := string(r.Verdict) + ", " + ui.Clock(r.Took)
	switch {
	case r.Verdict == merge.Failed:
		s += ", in " + r.Failed
	case len(r.Entries) == 0:
		s += ", the base alone"
	}
	return s
}

// number is the place of the entry that was taken out in its batch.
func (b bisect) number() string { return strconv.Itoa(slices.Index(b.entries, b.out.ID) + 1) }

// others says what became of the rest of the batch.
func (p Page) others(b bisect) string {
	var merged []string
	for i, id := range b.entries {
		if slices.ContainsFunc(p.Queue.Left, func(e merge.Entry) bool { return e.ID == id && e.Status == merge.Merged }) {
			merged = append(merged, strconv.Itoa(i+1))
		}
	}
	switch len(merged) {
	case 0:
		return ""
	case 1:
		return merged[0] + " was merged."
	}
	return strings.Join(merged[:len(merged)-1], ", ") + " and " + merged[len(merged)-1] + " were merged."
}

// square is the left edge of the i-th square, and line the top of the n-th run.
func square(i int) string { return strconv.Itoa(2 + 30*i) }
func middle(i int) string { return strconv.Itoa(14 + 30*i) }
func line(n int) string   { return strconv.Itoa(2 + 30*n) }
func text(n int) string   { return strconv.Itoa(17 + 30*n) }

// says is the x of the results, after the squares.
func (b bisect) says() string { return strconv.Itoa(14 + 30*len(b.entries)) }

func (b bisect) box() string { return "0 0 344 " + strconv.Itoa(30*len(b.runs)+4) }
