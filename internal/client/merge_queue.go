package client

import (
	"context"
	"time"
)

// MergeQueue is the merge queue of a repository: Items are in it, in order, and Left has those that left it, newest first. Held is why a lead
// holds it, Stopped why it stopped by itself; both are empty while it runs. Waits is what the forge requires before the first entry lands.
type MergeQueue struct {
	Base          string       `json:"base"`
	BaseCommit    string       `json:"base_commit"`
	CheckCommands []string     `json:"check_commands"`
	Held          string       `json:"held"`
	HeldBy        string       `json:"held_by"`
	Items         []MergeEntry `json:"items"`
	Left          []MergeEntry `json:"left"`
	Note          string       `json:"note"`
	RepositoryID  string       `json:"repository_id"`
	Runs          []MergeRun   `json:"runs"`
	Stopped       string       `json:"stopped"`
	Waits         string       `json:"waits"`
}

// MergeEntry is a session's work in a merge queue. Place counts from 1; it is 0 for an entry that left the queue.
type MergeEntry struct {
	AddedAt      time.Time  `json:"added_at"`
	AddedBy      string     `json:"added_by"`
	Branch       string     `json:"branch"`
	Conflicts    []string   `json:"conflicts"`
	EndedAt      *time.Time `json:"ended_at"`
	HeadCommit   string     `json:"head_commit"`
	ID           string     `json:"id"`
	MergedCommit string     `json:"merged_commit"`
	Note         string     `json:"note"`
	NotedBy      string     `json:"noted_by"`
	Place        int64      `json:"place"`
	PullRequest  int64      `json:"pull_request"`
	PullURL      string     `json:"pull_request_url"`
	RepositoryID string     `json:"repository_id"`
	SessionID    string     `json:"session_id"`
	SessionTitle string     `json:"session_title"`
	Status       string     `json:"status"`
}

// MergeRun is one run of the checks on exactly the tree of the entries together; without entries, on the base alone.
type MergeRun struct {
	BaseCommit string    `json:"base_commit"`
	DurationMS int64     `json:"duration_ms"`
	EntryIDs   []string  `json:"entry_ids"`
	Failed     string    `json:"failed"`
	Output     string    `json:"output"`
	RanAt      time.Time `json:"ran_at"`
	Tree       string    `json:"tree"`
	Tries      int64     `json:"tries"`
	Verdict    string    `json:"verdict"`
}

// MergeQueue reads the merge queue of a repository.
func (c *Client) MergeQueue(ctx context.Context, repository string) (MergeQueue, error) {
	return get[MergeQueue](ctx, c, "/repositories"+seg(repository)+"/merge-queue")
}

// HoldMergeQueue holds a whole queue for a reason, which everybody in the team can read.
func (c *Client) HoldMergeQueue(ctx context.Context, repository, reason string) (MergeQueue, error) {
	return post[MergeQueue](ctx, c, "/repositories"+seg(repository)+"/merge-queue/hold", map[string]string{"reason": reason})
}

// ReleaseMergeQueue lets a queue continue that is held or stopped by itself.
func (c *Client) ReleaseMergeQueue(ctx context.Context, repository string) (MergeQueue, error) {
	return c.HoldMergeQueue(ctx, repository, "")
}

// HoldMergeEntry keeps an entry in its place without merging it, for a reason.
func (c *Client) HoldMergeEntry(ctx context.Context, id, reason string) (MergeEntry, error) {
	return post[MergeEntry](ctx, c, "/merge-queue"+seg(id)+"/hold", map[string]string{"reason": reason})
}

// ReleaseMergeEntry lets a held entry be merged.
func (c *Client) ReleaseMergeEntry(ctx context.Context, id string) (MergeEntry, error) {
	return post[MergeEntry](ctx, c, "/merge-queue"+seg(id)+"/release", noFields{})
}

// RemoveMergeEntry takes an entry out of its queue.
func (c *Client) RemoveMergeEntry(ctx context.Context, id string) (MergeEntry, error) {
	return post[MergeEntry](ctx, c, "/merge-queue"+seg(id)+"/remove", noFields{})
}

// RetryMergeEntry puts an entry that left its queue without being merged back at the end, with its session's current work.
func (c *Client) RetryMergeEntry(ctx context.Context, id string) (MergeEntry, error) {
	return post[MergeEntry](ctx, c, "/merge-queue"+seg(id)+"/retry", noFields{})
}

// SendMergeEntry sends an entry that was taken out to its session's agent: a message with the reason and the base commit to merge.
func (c *Client) SendMergeEntry(ctx context.Context, id string) (MergeEntry, error) {
	return post[MergeEntry](ctx, c, "/merge-queue"+seg(id)+"/send", noFields{})
}

// MoveMergeEntry moves an entry: to is up, down or first.
func (c *Client) MoveMergeEntry(ctx context.Context, id, to string) (MergeEntry, error) {
	return post[MergeEntry](ctx, c, "/merge-queue"+seg(id)+"/move", map[string]string{"to": to})
}
