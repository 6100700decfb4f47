// Package merges renders the merge queues of a team's repositories.
package merges

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Page is the merge queue of one repository.
type Page struct {
	// Base is the team's URL: /t/acme.
	Base string
	// Repositories are those that have a merge queue, for the choice of one; Open counts the entries of each.
	Repositories []repository.Repository
	Open         map[repository.ID]int64
	Queue        merge.Queue
	// Touching are the files of each entry that running sessions change, too.
	Touching map[merge.ID][]merge.Touch
	// CanLead lets the reader change the order and hold the queue; CanAct reports whether the reader can hold or take out an entry.
	CanLead, CanPutIn bool
	CanAct            func(merge.Entry) bool
	Now               time.Time
}

func (p Page) entryURL(e merge.Entry, act string) string {
	return p.Base + "/merge-queue/" + string(e.ID) + "/" + act
}

func (p Page) queueURL(id repository.ID) string {
	return p.Base + "/merge-queue?repository=" + string(id)
}

func (p Page) sessionURL(e merge.Entry) string { return p.Base + "/sessions/" + string(e.Session) }

// PlaceOf is the place of an entry in the queue, from 1; 0 if it is not in it.
func (p Page) PlaceOf(id merge.ID) int {
	return slices.IndexFunc(p.Queue.Entries, func(e merge.Entry) bool { return e.ID == id }) + 1
}

// count counts the entries with one of the statuses.
func (p Page) count(of ...merge.Status) (n int) {
	for _, e := range p.Queue.Entries {
		if slices.Contains(of, e.Status) {
			n++
		}
	}
	return n
}

// leftToday counts the entries that left the queue today with a status.
func (p Page) leftToday(st merge.Status) (n int) {
	day := p.Now.UTC().Truncate(24 * time.Hour)
	for _, e := range p.Queue.Left {
		if e.Status == st && !e.EndedAt.Before(day) {
			n++
		}
	}
	return n
}

func (p Page) baseCommit() string {
	if p.Queue.BaseCommit == "" {
		return "–"
	}
	return fmt.Sprintf("%.7s", p.Queue.BaseCommit)
}

func markOf(st merge.Status) string {
	switch st {
	case merge.Checking:
		return "running"
	case merge.Held:
		return "paused"
	case merge.Merged:
		return "completed"
	case merge.TakenOut:
		return "failed"
	case merge.Removed:
		return "cancelled"
	}
	return "queued"
}

// why says why an entry has its place.
func (p Page) why(e merge.Entry) string {
	switch {
	case e.Status == merge.Checking && e.Pull > 0:
		return "in " + e.PullName() + ", which waits for the forge"
	case e.Status == merge.Checking:
		return "in the batch that is checked"
	case e.Status == merge.Held:
		return "held by " + e.NotedName + ": " + e.Note
	}
	return "waits, " + p.about(e)
}

// touching is the warning that running sessions change the same files.
func touching(ts []merge.Touch) string {
	if len(ts) == 0 {
		return ""
	}
	s := ts[0].Path + ", " + ui.Plural(int64(ts[0].Sessions), "running session")
	if len(ts) > 1 {
		s += fmt.Sprintf(", and %s", ui.Plural(int64(len(ts)-1), "more file"))
	}
	return s
}

// how says how an entry left the queue.
func how(e merge.Entry) string {
	switch {
	case e.Status == merge.Merged && e.Commit != "" && e.Pull > 0:
		return fmt.Sprintf("as %.7s, by %s", e.Commit, e.PullName())
	case e.Status == merge.Merged && e.Commit != "":
		return fmt.Sprintf("as %.7s", e.Commit)
	case e.Status == merge.Removed && e.Note == "":
		return "by " + e.NotedName
	}
	return e.Note
}

func word(st merge.Status) string { return strings.ReplaceAll(string(st), "_", " ") }

func lines(e merge.Entry) string { return fmt.Sprintf("+%d −%d", e.Additions, e.Deletions) }

// members are the titles of the entries in a run, as far as the page has them.
func (p Page) members(r merge.Run) string {
	if len(r.Entries) == 0 {
		return "the base alone"
	}
	titles := map[merge.ID]string{}
	for _, e := range append(slices.Clone(p.Queue.Entries), p.Queue.Left...) {
		titles[e.ID] = e.SessionTitle
	}
	var out []string
	for _, id := range r.Entries {
		out = append(out, orElse(titles[id], "an earlier entry"))
	}
	return strings.Join(out, ", ")
}

func orElse(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

func verdict(r merge.Run) string {
	if r.Verdict == merge.Failed {
		return "failed in " + r.Failed
	}
	return "passed"
}

func verdictMark(r merge.Run) string {
	if r.Verdict == merge.Failed {
		return "failed"
	}
	return "completed"
}

// short is the first word of a verdict.
func short(verdict string) string {
	first, _, _ := strings.Cut(verdict, " ")
	return first
}

// medianClock is the median as a clock; an en dash without a run.
func (p Page) medianClock() string {
	took, ok := p.medianTook()
	if !ok {
		return "–"
	}
	return ui.Clock(took)
}
