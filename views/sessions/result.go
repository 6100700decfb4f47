package sessions

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// outcome is what came of the current attempt; nil while it has not ended.
func (d Detail) outcome() *session.Outcome {
	if !d.hasResult() || len(d.Outcomes) == 0 || d.Outcomes[0].Attempt != d.Session.Attempt {
		return nil
	}
	return &d.Outcomes[0]
}

// earlier are the outcomes of the attempts before the current one.
func (d Detail) earlier() []session.Outcome {
	for i, o := range d.Outcomes {
		if o.Attempt < d.Session.Attempt {
			return d.Outcomes[i:]
		}
	}
	return nil
}

// hasResult reports whether the session has ended after it ran.
func (d Detail) hasResult() bool {
	return d.Session.Status.Finished() && d.Session.Status != session.Cancelled && d.Session.Attempt > 0
}

func (d Detail) hasPatch() bool { return d.Session.FilesChanged > 0 }

func (d Detail) canPush() bool {
	return d.Can.Write && d.Session.RepositoryID != "" && d.hasPatch() && !d.isMerged()
}

// offersPush reports whether a push would bring something: what is in an open pull request already would not.
func (d Detail) offersPush() bool { return d.canPush() && !(d.inPull() && d.isPushed()) }

// isPushed reports whether nothing has changed since the last push.
func (d Detail) isPushed() bool {
	o := d.outcome()
	return o != nil && o.Pushed != nil && !o.EndedAt.After(o.Pushed.At)
}

// first is the way that is left to take the work: restore, ready, pull, push or command; empty if it was taken or there is nothing to take.
func (d Detail) first() string {
	o := d.outcome()
	switch {
	case d.offersGood():
		return "restore"
	case d.canMergePull() && d.pull().Draft:
		return "ready"
	case d.inQueue() || d.isMerged() || d.inPull() && d.isPushed():
		return ""
	case d.canOpenPull():
		return "pull"
	case d.isPushed() && o.Pushed.Command != "":
		return "command"
	case d.canPush() && !d.isPushed():
		return "push"
	}
	return ""
}

// hasWays reports whether there are ways next to the first one.
func (d Detail) hasWays() bool { return d.hasPatch() || d.inQueue() && d.Can.Write }

// way is the class of a button: only the first way is primary.
func (d Detail) way(name string) string {
	if d.first() == name {
		return "btn primary"
	}
	return "btn"
}

// pushBranch is the branch that the dialog proposes: the last one, or the session's own.
func (d Detail) pushBranch() string {
	if o := d.outcome(); o != nil && o.Pushed != nil {
		return o.Pushed.Branch
	}
	return d.Session.Branch
}

// takenLine says whether the work is somewhere else than in this server.
func (d Detail) takenLine() string {
	o := d.outcome()
	switch {
	case !d.hasPatch():
		return "There is nothing to take."
	case d.inQueue():
		return d.queueLine()
	case o == nil || !o.IsTaken():
		return "Not taken yet." + d.closedPull() + d.whoTakes() + d.leftQueue() + suffix(d.canMerge(), d.blocksMerge()) + removalLine(o)
	case d.isMerged():
		return d.mergedLine()
	}
	line := "Pushed to branch " + oneLine(o.Pushed.Branch)
	if o.Pushed.ByName != "" {
		line += " by " + o.Pushed.ByName
	}
	if !d.isPushed() {
		return line + ". The session continued afterwards."
	}
	return line + "."
}

// removalLine says when retention removes work that nobody has taken.
func removalLine(o *session.Outcome) string {
	switch {
	case o == nil || o.NoticedAt == nil:
		return ""
	case o.RemovedAt != nil:
		return " Its working tree was removed; the patch will follow."
	}
	return " Its working tree will be removed after " + o.NoticedAt.Add(session.NoticeWork).UTC().Format("2 Jan 2006") + "."
}

// whoTakes names who can take the work, to a reader who cannot.
func (d Detail) whoTakes() string {
	if d.Can.Write || d.Session.RepositoryID == "" {
		return ""
	}
	return " Its creator or a lead can push it."
}

// checksBadge is the result of the checks in a few words.
func checksBadge(c session.Checks) string {
	if c.Failed == 0 {
		return ui.Plural(int64(c.Passed), "check") + " passed"
	}
	return ui.Count(c.Failed) + " of " + ui.Plural(int64(c.Total()), "check") + " failed"
}

// commitsOf counts the commits of the work, if it has been saved.
func commitsOf(o *session.Outcome) string {
	if o == nil || o.SavedCommits == 0 {
		return ""
	}
	return ", " + ui.Plural(int64(o.SavedCommits), "commit")
}

// checksFact says how many checks passed and failed.
func checksFact(c session.Checks) string {
	if c.Total() == 0 {
		return ui.Dash
	}
	return ui.Count(c.Passed) + " passed, " + ui.Count(c.Failed) + " failed"
}

func deniedFact(o session.Outcome) string {
	if o.Asked == 0 {
		return ui.Dash
	}
	return ui.Count(o.Denied) + " of " + ui.Count(o.Asked)
}

func pushedFact(o session.Outcome) string {
	if o.Pushed == nil {
		return ui.Dash
	}
	return oneLine(o.Pushed.Branch)
}

// attemptLine describes an earlier attempt.
func attemptLine(o session.Outcome) string {
	parts := []string{o.Status.Word()}
	if o.Checks.Total() > 0 {
		parts = append(parts, checksBadge(o.Checks))
	}
	if o.Files > 0 {
		parts = append(parts, ui.Plural(int64(o.Files), "file"))
	}
	return strings.Join(parts, ", ")
}
