package client

import "time"

// Pushed is where the work of a session is after a push. Branch differs from the requested one if InUse is true; Command is what gets to the
// work in a local repository, and is empty for any other.
type Pushed struct {
	Branch  string         `json:"branch"`
	Command string         `json:"command"`
	Commit  string         `json:"commit"`
	Commits int64          `json:"commits"`
	InUse   bool           `json:"in_use"`
	Omitted []OmittedInTip `json:"omitted"`
}

// OmittedInTip is a change that is in no commit, and why.
type OmittedInTip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Outcome is what came of one attempt, and what became of its work. The status completed says only that the agent stopped by itself.
type Outcome struct {
	AbandonedAt    *time.Time  `json:"abandoned_at"`
	Additions      int64       `json:"additions"`
	Asked          int64       `json:"asked"`
	Attempt        int64       `json:"attempt"`
	Checks         CheckCounts `json:"checks"`
	Commit         string      `json:"commit"`
	Commits        int64       `json:"commits"`
	CostMicroUSD   int64       `json:"cost_microusd"`
	Deletions      int64       `json:"deletions"`
	Denied         int64       `json:"denied"`
	ElapsedSeconds int64       `json:"elapsed_seconds"`
	EndedAt        time.Time   `json:"ended_at"`
	FilesChanged   int64       `json:"files_changed"`
	MergedAt       *time.Time  `json:"merged_at"`
	MergedCommit   string      `json:"merged_commit"`
	PushedAt       *time.Time  `json:"pushed_at"`
	PushedBranch   string      `json:"pushed_branch"`
	PushedCommit   string      `json:"pushed_commit"`
	ReasonCode     string      `json:"reason_code"`
	RevertedAt     *time.Time  `json:"reverted_at"`
	Status         string      `json:"status"`
	Tokens         int64       `json:"tokens"`
}

// PullRequest is a session's pull request as the server read it last. Trouble is why the last reading failed; empty if it did not.
type PullRequest struct {
	Base        string      `json:"base"`
	Branch      string      `json:"branch"`
	Checks      []PullCheck `json:"checks"`
	Draft       bool        `json:"draft"`
	Head        string      `json:"head"`
	Host        string      `json:"host"`
	MergeCommit string      `json:"merge_commit"`
	Mergeable   string      `json:"mergeable"`
	Number      int64       `json:"number"`
	OpenedAt    time.Time   `json:"opened_at"`
	OpenedBy    string      `json:"opened_by"`
	ReadAt      time.Time   `json:"read_at"`
	State       string      `json:"state"`
	Title       string      `json:"title"`
	Trouble     string      `json:"trouble"`
	URL         string      `json:"url"`
}

// PullCheck is a check that the forge runs on a pull request.
type PullCheck struct {
	DurationMS int64  `json:"duration_ms"`
	Name       string `json:"name"`
	Status     string `json:"status"`
	Text       string `json:"text"`
	URL        string `json:"url"`
}

// NewPullRequest is the input for a pull request; the server fills what is empty. A nil Draft opens a draft if a check failed in the session.
type NewPullRequest struct {
	Base   string `json:"base,omitempty"`
	Body   string `json:"body,omitempty"`
	Branch string `json:"branch,omitempty"`
	Draft  *bool  `json:"draft,omitempty"`
	Title  string `json:"title,omitempty"`
}
