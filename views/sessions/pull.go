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
	Faults   ui.Faults
}

// pull is the newest pull request of the session; nil if there is none.
func (d Detail) pull() *session.Pull {
	if len(d.Pulls) == 0 {
		return nil
	}
	return &d.Pulls[0]
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

// pullStateMark is the mark of a pull request's state.
func pullStateMark(p session.Pull) string {
	switch p.State {
	case forge.Merged:
		return "completed"
	case forge.Reverted:
		return "failed"
	case forge.Closed:
		return "stopped"
	}
	return "running"
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

// credentialUsed says which token opens the pull request.
func (f PullForm) credentialUsed() string {
	if f.Forge.Access.Account == "" {
		return "Uses the token that is stored for this repository."
	}
	return "Uses the token of " + f.Forge.Access.Account + ", stored for this repository."
}
