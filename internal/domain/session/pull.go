package session

import (
	"fmt"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// Pull is a pull request with the work of a session, as its forge reported it at ReadAt.
type Pull struct {
	Session    ID
	Repository string
	Attempt    int
	forge.PullRequest
	// Host is the forge's host.
	Host   string
	Checks forge.Checks
	// OpenedBy opened it here.
	OpenedBy, OpenedByName string
	OpenedAt               time.Time
	// ChangedAt is when the state, the draft or the checks last changed, as far as they were read.
	ChangedAt, ReadAt time.Time
	// Trouble is why the last reading failed; empty if it did not.
	Trouble string
	// NextReadAt is when it is read again; nil for never.
	NextReadAt *time.Time
}

// CanComeSooner reports whether somebody who looks at the pull request lets it be read sooner than planned.
func (p Pull) CanComeSooner() bool {
	return p.State == forge.Open && p.NextReadAt != nil && p.NextReadAt.After(p.ReadAt.Add(PullLookedAt))
}

// Intervals between two readings of a pull request.
const (
	// PullLookedAt is for an open one on a page that somebody looks at, PullOpen for other open ones.
	PullLookedAt = time.Minute
	PullOpen     = 10 * time.Minute
	// PullEnded is for closed and merged ones, which can be opened again or reverted, until PullForgotten after the last change.
	PullEnded     = time.Hour
	PullForgotten = 30 * 24 * time.Hour
)

// NextRead returns when the pull request is read again after now; nil for never.
func (p Pull) NextRead(now time.Time) *time.Time {
	next := now.Add(PullOpen)
	if p.State != forge.Open {
		if p.State == forge.Reverted || now.Sub(p.ChangedAt) > PullForgotten {
			return nil
		}
		next = now.Add(PullEnded)
	}
	return &next
}

// Line is one line about the pull request for lists, such as "PR #412, 1 check failed".
func (p Pull) Line() string {
	line := fmt.Sprintf("PR #%d, ", p.Number)
	failed, running := p.Checks.Count(forge.CheckFailed), p.Checks.Count(forge.CheckRunning)
	switch {
	case p.State != forge.Open:
		return line + string(p.State)
	case failed > 0:
		return line + counted(failed, "check") + " failed"
	case p.Merging == forge.MergingClash:
		return line + "conflicts with " + p.Base
	case p.Draft:
		return line + "draft"
	case running > 0:
		return line + counted(running, "check") + " running"
	case len(p.Checks) > 0:
		return line + "checks passed"
	}
	return line + "open"
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// PullProposal is what a pull request of a session says unless a person changes it. It has nothing of the prompt, the cost or the model.
type PullProposal struct {
	Base, Branch, Title, Body string
	Draft                     bool
	// FailedChecks are the check commands that failed here.
	FailedChecks []string
	// Secrets are places in the changes that look like credentials.
	Secrets []FoundSecret
	Files   int
	// Branches are all branches of the repository, which the pull request can go into; nil if they are too many to be listed.
	Branches      []string
	DefaultBranch string
}

// FoundSecret is a line that a change adds and that looks like a credential.
type FoundSecret struct {
	Path string
	Line int
	Kind string
}

// Limits of the texts of a pull request, in bytes.
const (
	MaxPullTitle = 200
	MaxPullBody  = 20_000
)

const (
	// maxNamedFiles is how many changed files a proposal names.
	maxNamedFiles = 20
)

// ProposePull proposes a pull request from the session's title, the agent's last message and the changed files.
func ProposePull(s Session, lastMessage string, files []FileChange) PullProposal {
	p := PullProposal{Base: s.BaseRef, Branch: s.Branch, Title: s.Title, Files: len(files)}
	body := strings.TrimSpace(lastMessage)
	if len(body) > MaxPullBody/2 {
		body = strings.ToValidUTF8(body[:MaxPullBody/2], "") + "…"
	}
	if len(files) > 0 {
		body = strings.TrimSpace(body + "\n\nChanged files:\n" + fileList(files))
	}
	p.Body = body
	return p
}

func fileList(files []FileChange) string {
	var b strings.Builder
	for i, f := range files {
		if i == maxNamedFiles {
			fmt.Fprintf(&b, "- and %s\n", counted(len(files)-i, "other file"))
			break
		}
		fmt.Fprintf(&b, "- `%s` (+%d −%d)\n", strings.ReplaceAll(f.Path, "`", "'"), f.Additions, f.Deletions)
	}
	return b.String()
}
