// Package merge defines the merge queue of a repository: its entries with their states, and how a batch of them is checked and bisected.
package merge

import (
	"slices"
	"strconv"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// ID is an entry's UUIDv7.
type ID string

// Status is the state of an entry.
type Status string

// The states. Waiting, Held and Checking entries are in the queue; the others have left it.
const (
	Waiting  Status = "waiting"
	Held     Status = "held"
	Checking Status = "checking"
	Merged   Status = "merged"
	// Removed means that a person took it out or that its session or repository was deleted, TakenOut that it conflicts, that checks
	// failed with it, or that the forge did not merge it.
	Removed  Status = "removed"
	TakenOut Status = "taken_out"
)

// Open lists the states of entries that are in the queue.
func Open() []Status { return []Status{Waiting, Held, Checking} }

// IsOpen reports whether an entry with this status is in the queue.
func (s Status) IsOpen() bool { return slices.Contains(Open(), s) }

// Entry is a session's work in the merge queue of its repository.
type Entry struct {
	ID           ID
	Repository   repository.ID
	Session      session.ID
	SessionTitle string // read-only, joined for views
	// SessionDeleted reports that the session is gone; read-only.
	SessionDeleted bool
	// Attempt is the attempt whose work is merged.
	Attempt int
	// Owner is who created the session, and the counts are those of its changes; read-only.
	Owner                       tenant.UserID
	Files, Additions, Deletions int
	// Head is the commit that is merged: the tip of the session's branch when it was put in.
	Head, Branch string
	Place        int64
	Status       Status
	// Note says why an entry is held, or why and how it left.
	Note string
	// NotedBy is the person who held or removed it.
	NotedBy   tenant.UserID
	NotedName string
	// Conflicts are paths in which it conflicts with the base or with what is ahead.
	Conflicts []string
	// Commit is the commit on the base that merged it.
	Commit string
	// Pull and PullURL are the pull request that lands it, and PullBranch is its branch, where the forge protects the base. Pull is 0 until
	// it is known to be open.
	Pull                int
	PullURL, PullBranch string
	AddedBy             tenant.UserID
	AddedName           string
	AddedAt             time.Time
	EndedAt             *time.Time
}

// Queue is the state of a repository's merge queue.
type Queue struct {
	Repository repository.ID
	Name       string
	Base       string // the branch
	// Checks are the commands that must pass.
	Checks []string
	// BaseCommit is the base that the last batch was built on.
	BaseCommit string
	// Held is why a person held the whole queue, Stopped why the queue stopped by itself; empty while it runs.
	Held, HeldBy, Stopped string
	// Note says what happened last, such as that the base moved.
	Note string
	// Checking is how many entries the check that runs has in its tree, from the first one on, and CheckingSince when it began; nil while
	// none runs.
	Checking      int
	CheckingSince *time.Time
	// Landing is the commit that is being pushed to the base. After a crash, the base tells whether it arrived.
	Landing string
	// LandingEntry is the entry whose pull request lands that commit; empty for a push.
	LandingEntry ID
	// Waits is what the queue waits for on the forge; empty while it waits for nothing there.
	Waits   string
	Entries []Entry
	// Left are the newest entries that left the queue.
	Left []Entry
	// Runs are the newest runs of checks, newest first.
	Runs []Run
}

// Run is one run of the checks on the tree of the first entries of a batch.
type Run struct {
	Tree, Base string
	Entries    []ID
	Verdict    Verdict
	// Tries counts the runs on this tree; the verdict is that of the last one.
	Tries int
	// Failed is the command that failed, with the end of its output.
	Failed, Output string
	At             time.Time
	Took           time.Duration
}

// Stacked is the work of an entry merged onto what is ahead of it: a commit with its tree, or the paths that conflict.
type Stacked struct {
	Commit, Tree string
	Conflicts    []string
	// Contained means that what is ahead contains the work already.
	Contained bool
}

// Touch is a file of an entry that running sessions of the repository change, too.
type Touch struct {
	Path     string
	Sessions int
}

// ErrMoved means that somebody else moved an entry first.
var ErrMoved = fault.New(fault.Conflict, "This entry of the merge queue has changed in the meantime. Reload the page.")

// MaxBatch is how many entries are checked together at most.
const MaxBatch = 4

// MaxReason is the longest reason for a hold, in characters.
const MaxReason = 200

// NewPullBranch is the branch of the pull request that lands an entry as a commit. Another commit has another branch: a branch is never
// rewritten.
func NewPullBranch(id ID, commit string) string {
	last := string(id)
	return "orchestrator/merge-queue/" + last[max(0, len(last)-12):] + "-" + commit[:min(len(commit), 12)]
}

// PullName is how people name the pull request of an entry.
func (e Entry) PullName() string { return "pull request #" + strconv.Itoa(e.Pull) }
