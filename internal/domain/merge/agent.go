package merge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

const (
	// namedConflicts and quotedOutput limit what a message quotes.
	namedConflicts = 50
	quotedOutput   = 6000
)

// AgentText is the message to the agent of an entry that was taken out: why, and what it can do about it. The objects of the base are in the clone that the session's repository borrows from, so that the agent merges
// the commit without a network.
func AgentText(e Entry, r repository.Repository, q Queue) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The merge queue took this work out. %s\n", e.Note)
	if len(e.Conflicts) > 0 {
		b.WriteString("\nThese files conflict:\n")
		for _, path := range e.Conflicts[:min(len(e.Conflicts), namedConflicts)] {
			fmt.Fprintf(&b, "- %s\n", path)
		}
	}
	fmt.Fprintf(&b, "\n%s is at commit %s. This repository has the commit already, so nothing has to be fetched. Run\n\n    git merge %s\n\n", r.DefaultBranch, q.BaseCommit, q.BaseCommit)
	if len(e.Conflicts) > 0 {
		b.WriteString("then resolve the conflicts, so that both changes keep their meaning, and commit the merge.")
	} else {
		b.WriteString("then find out why the checks fail on the merged work, and correct it.")
	}
	if len(r.CheckCommands) > 0 {
		fmt.Fprintf(&b, " These checks must pass: %s.", strings.Join(r.CheckCommands, "; "))
	}
	if run := lastFailure(e, q.Runs); run != nil && len(e.Conflicts) == 0 {
		fmt.Fprintf(&b, "\n\nThe end of the output of %s:\n\n%s", run.Failed, strings.ToValidUTF8(run.Output[max(0, len(run.Output)-quotedOutput):], ""))
	}
	return b.String()
}

// lastFailure is the newest failed run in which an entry was the last one; nil if there is none.
func lastFailure(e Entry, runs []Run) *Run {
	i := slices.IndexFunc(runs, func(r Run) bool {
		return r.Verdict == Failed && len(r.Entries) > 0 && r.Entries[len(r.Entries)-1] == e.ID
	})
	if i < 0 {
		return nil
	}
	return &runs[i]
}
