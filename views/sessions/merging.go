package sessions

import (
	"path"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

func (d Detail) inQueue() bool { return d.Entry != nil && d.Entry.Status.IsOpen() }

func (d Detail) isMerged() bool {
	o := d.outcome()
	return o != nil && o.MergedAt != nil
}

// canMerge reports whether the page offers the merge queue. A pull request that is open is merged on its forge.
func (d Detail) canMerge() bool {
	p := d.pull()
	return d.Can.Write && d.CanLand && d.hasResult() && d.hasPatch() && !d.inQueue() && !d.isMerged() && (p == nil || p.State != forge.Open)
}

// blocksMerge names what keeps the work out of the merge queue; empty if nothing does.
func (d Detail) blocksMerge() string {
	o := d.outcome()
	if o == nil || len(o.Checks.FailedCommands) == 0 {
		return ""
	}
	return "Merge needs " + oneLine(o.Checks.FailedCommands[0]) + " to pass."
}

// teamBase is the team's URL: /t/acme.
func (d Detail) teamBase() string { return path.Dir(path.Dir(d.Base)) }

// queueURL is the page of the repository's merge queue.
func (d Detail) queueURL() string {
	return d.teamBase() + "/merge-queue?repository=" + string(d.Entry.Repository)
}

func (d Detail) entryURL(act string) string {
	return d.teamBase() + "/merge-queue/" + string(d.Entry.ID) + "/" + act
}

// queueLine says who put the work into the queue, and what it waits for.
func (d Detail) queueLine() string {
	e := d.Entry
	line := "Put in by " + ui.Or(e.AddedName) + "."
	switch e.Status {
	case merge.Held:
		return line + " Held by " + ui.Or(e.NotedName) + ": " + oneLine(e.Note)
	case merge.Checking:
		return line + " The checks run on exactly the tree that is merged."
	}
	return line + " The checks will run on exactly the tree that is merged."
}

// leftQueue says why the newest entry left the queue without being merged.
func (d Detail) leftQueue() string {
	switch {
	case d.Entry == nil:
		return ""
	case d.Entry.Status == merge.TakenOut:
		return " The merge queue took it out: " + oneLine(d.Entry.Note)
	case d.Entry.Status == merge.Removed:
		return " " + ui.Or(d.Entry.NotedName) + " took it out of the merge queue."
	}
	return ""
}

func (d Detail) mergedWord() string {
	if d.outcome().RevertedAt != nil {
		return "Reverted"
	}
	return "Merged"
}

// mergedLine says how the work was merged, and whether it was reverted.
func (d Detail) mergedLine() string {
	line := "Merged"
	if d.Entry != nil && d.Entry.Status == merge.Merged {
		line += " by the merge queue"
	}
	if d.outcome().RevertedAt != nil {
		line += ", and reverted afterwards"
	}
	return line + "."
}

// suffix is a sentence that follows others, if it applies.
func suffix(applies bool, sentence string) string {
	if !applies || sentence == "" {
		return ""
	}
	return " " + sentence
}
