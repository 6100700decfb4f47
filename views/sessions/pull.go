package sessions

import (
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// PullForm is the form for a pull request: what is proposed or was typed, and where it will be opened.
type PullForm struct {
	Proposal session.PullProposal
	Forge    forge.Stored
	// Protection is that of the proposed target branch; nil if the forge did not say.
	Protection *forge.Protection
	Faults     ui.Faults
	// Reported is the forge's own text about a refusal.
	Reported string
}

// pull is the newest pull request of the session; nil if there is none.
func (d Detail) pull() *session.Pull {
	if len(d.Pulls) == 0 {
		return nil
	}
	return &d.Pulls[0]
}

// inPull reports whether the page is about a pull request: one that was closed without a merge is not.
func (d Detail) inPull() bool {
	p := d.pull()
	return p != nil && p.State != forge.Closed
}

func (d Detail) canMergePull() bool {
	p := d.pull()
	return d.Can.Write && p != nil && p.State == forge.Open
}

// closedPull says that the newest pull request was closed without a merge.
func (d Detail) closedPull() string {
	if p := d.pull(); p != nil && p.State == forge.Closed {
		return " Pull request #" + ui.Plain(int64(p.Number)) + " on " + p.Host + " is closed."
	}
	return ""
}

// canOpenPull reports whether the page offers to open a pull request.
func (d Detail) canOpenPull() bool {
	p := d.pull()
	return d.Can.Write && d.HasForge && !d.inQueue() && !d.isMerged() && d.Session.Status.Finished() && d.Session.FilesChanged > 0 && (p == nil || p.State != forge.Open)
}

// pullState is the state in words: open, draft.
func pullState(p session.Pull) string {
	if p.Draft && p.State == forge.Open {
		return "open, draft"
	}
	return string(p.State)
}

// checksWord sums the forge's checks up.
func checksWord(c forge.Checks) string {
	failed, running := c.Count(forge.CheckFailed), c.Count(forge.CheckRunning)
	switch {
	case len(c) == 0:
		return "no checks"
	case failed > 0:
		return fmt.Sprintf("%d of %s failed", failed, ui.Plural(int64(len(c)), "forge check"))
	case running > 0:
		return fmt.Sprintf("%d of %s running", running, ui.Plural(int64(len(c)), "forge check"))
	}
	return ui.Plural(int64(len(c)), "forge check") + " passed"
}

func checksStateMark(c forge.Checks) string {
	switch {
	case c.Count(forge.CheckFailed) > 0:
		return "failed"
	case c.Count(forge.CheckRunning) > 0:
		return "running"
	case len(c) == 0:
		return "idle"
	}
	return "completed"
}

func checkMark(s forge.CheckStatus) string {
	switch s {
	case forge.CheckPassed:
		return "completed"
	case forge.CheckFailed:
		return "failed"
	case forge.CheckSkipped:
		return "cancelled"
	}
	return "running"
}

// conflicts says whether the forge can merge.
func conflicts(p session.Pull) string {
	switch p.Merging {
	case forge.MergingClean:
		return "none"
	case forge.MergingClash:
		return "with " + p.Base
	case forge.MergingBlocked:
		return "none known; the forge does not merge yet"
	}
	return "not known"
}

func reviewers(p session.Pull) string {
	if len(p.Reviewers) == 0 {
		return "none requested"
	}
	return "requested from " + strings.Join(p.Reviewers, ", ")
}

// pullBadge is the state of a pull request in one word.
func pullBadge(p session.Pull) string {
	switch {
	case p.State == forge.Open && p.Draft:
		return "draft"
	case p.State == forge.Open && p.Merging == forge.MergingClash:
		return "conflicts with " + p.Base
	}
	return string(p.State)
}

// needsOf says what has to happen before the pull request can be merged, as far as the forge said; empty for nothing.
func needsOf(p session.Pull) string {
	switch {
	case p.State != forge.Open:
		return ""
	case p.Draft:
		return " Merge needs it to be marked ready."
	case p.Merging == forge.MergingBlocked:
		return " The forge does not merge it yet."
	}
	return ""
}

// bases are the branches that a pull request can go into; nil if not all of them are known.
func (f PullForm) bases() (all []ui.Option) {
	for _, b := range f.Proposal.Branches {
		label := b
		if b == f.Proposal.DefaultBranch {
			label += " (default" + suffixIf(f.Protection != nil && f.Protection.IsProtected, ", protected") + ")"
		}
		all = append(all, ui.Option{Value: b, Label: label, Selected: b == f.Proposal.Base})
	}
	return all
}

func suffixIf(applies bool, s string) string {
	if applies {
		return s
	}
	return ""
}

// baseHint says where the target branch is and what the forge requires there.
func (f PullForm) baseHint() string {
	hint := f.Forge.Host() + "/" + f.Forge.Project
	switch p := f.Protection; {
	case p == nil || !p.IsProtected:
		return hint
	case len(p.Checks) == 0:
		return hint + ", " + f.Proposal.DefaultBranch + " is protected"
	}
	return hint + ", " + f.Proposal.DefaultBranch + " is protected: requires " + strings.Join(f.Protection.Checks, ", ")
}

func (d Detail) branchHint() string {
	hint := "The session's work is pushed to it first"
	if o := d.outcome(); o != nil && o.SavedCommits > 0 {
		hint += ": " + ui.Plural(int64(o.SavedCommits), "commit")
	}
	return hint + "."
}

// failedHere names the checks that failed here.
func (f PullForm) failedHere() string {
	failed := f.Proposal.FailedChecks
	if len(failed) == 1 {
		return oneLine(failed[0]) + " failed here."
	}
	return ui.Plural(int64(len(failed)), "check") + " failed here."
}

// credentialUsed says which token opens the pull request.
func (f PullForm) credentialUsed() string {
	if f.Forge.Access.Account == "" {
		return "Uses the token that is stored for this repository."
	}
	return "Uses the token of " + f.Forge.Access.Account + ", stored for this repository."
}
