package forge

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// State is the state of a pull request.
type State string

// The states of a pull request. Reverted is a merged one whose merge was undone on the base.
const (
	Open     State = "open"
	Merged   State = "merged"
	Closed   State = "closed"
	Reverted State = "reverted"
)

// Merging reports whether a pull request can be merged, as the forge last computed it.
type Merging string

// What forges report about merging. MergingUnknown is also the state while the forge computes it.
const (
	MergingUnknown Merging = ""
	MergingClean   Merging = "clean"
	MergingClash   Merging = "conflict"
	MergingBlocked Merging = "blocked"
)

// PullRequest is a pull request as the forge reports it; on GitLab, a merge request. Every text in it is from the forge: bounded, and
// without control characters, but as hostile as its author.
type PullRequest struct {
	Number       int
	URL          string
	Title        string
	State        State
	Draft        bool
	Base, Branch string
	// Head is the commit of the branch on the forge; MergeCommit is the commit on the base after a merge.
	Head, MergeCommit string
	Merging           Merging
	// Reviewers are the people who were asked for a review and have not given one, if the forge reports them.
	Reviewers []string
	// Ours reports whether the description has the marker of the New that was searched for.
	Ours bool
}

// New is a pull request to open.
type New struct {
	Base, Branch string
	Title, Body  string
	Draft        bool
	// Marker is added to the description, so that a repeated create is recognized.
	Marker string
}

// Description is the body with the marker in a comment that forges do not show.
func (n New) Description() string {
	if n.Marker == "" {
		return n.Body
	}
	return strings.TrimRight(n.Body, "\n") + "\n\n" + comment(n.Marker)
}

func comment(marker string) string { return "<!-- orchestrator:" + marker + " -->" }

// HasMarker reports whether a description has the marker of New.
func HasMarker(body, marker string) bool {
	return marker != "" && strings.Contains(body, comment(marker))
}

// Marker returns the marker for pull requests of a session's branch. It reveals neither.
func Marker(sessionID, branch string) string {
	sum := sha256.Sum256([]byte("pull request\x00" + sessionID + "\x00" + branch))
	return hex.EncodeToString(sum[:12])
}

// CheckStatus is the result of a check on the forge.
type CheckStatus string

// The results of checks.
const (
	CheckRunning CheckStatus = "running"
	CheckPassed  CheckStatus = "passed"
	CheckFailed  CheckStatus = "failed"
	CheckSkipped CheckStatus = "skipped"
)

// Check is a check on the forge for one commit.
type Check struct {
	Name     string        `json:"name"`
	Status   CheckStatus   `json:"status"`
	URL      string        `json:"url,omitempty"`
	Text     string        `json:"text,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
}

// MaxChecks is how many checks of a pull request are read.
const MaxChecks = 200

// Checks are the checks of one commit.
type Checks []Check

// Count returns how many of the checks have a status.
func (c Checks) Count(st CheckStatus) (n int) {
	for _, one := range c {
		if one.Status == st {
			n++
		}
	}
	return n
}

// Access is what a token can do on a project.
type Access struct {
	// Account is the login of the token's owner; "" if the token cannot read it.
	Account string
	// CanRead, CanPush and CanAdmin are the rights of the account on the project.
	CanRead, CanPush, CanAdmin bool
	// TakesPulls reports whether the project has pull requests turned on.
	TakesPulls bool
}

// Protection is how a forge protects a branch.
type Protection struct {
	IsProtected bool
	// CanPush and CanMerge report whether the token can change the branch, as far as the forge reports it; else they are true.
	CanPush, CanMerge bool
	// Checks are the names of checks that must pass.
	Checks []string
}

// MergeRequest is what Merge is called with: the merge is refused if the branch's commit on the forge is not Head.
type MergeRequest struct {
	Number         int
	Head           string
	Title, Message string
}
