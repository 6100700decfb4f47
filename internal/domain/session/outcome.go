package session

import "time"

// Outcome is what came of one attempt of a session, and what became of its work afterwards. That an attempt completed says only that
// the agent stopped by itself.
type Outcome struct {
	Attempt int
	Status  Status
	Reason  ReasonCode
	Checks  Checks
	// Files, Additions and Deletions are those of the changes since the base commit.
	Files, Additions, Deletions int
	// Asked counts the approvals that the agent asked for, Denied those that a person denied.
	Asked, Denied int
	Ran           time.Duration
	// Tokens and CostMicroUSD are those of this attempt's model calls.
	Tokens, CostMicroUSD int64
	EndedAt              time.Time
	// SavedCommit is the newest commit with the attempt's work in the server's clone, and SavedCommits counts those since the base; empty
	// if it has not been saved.
	SavedCommit  string
	SavedCommits int
	// Pushed is the last push of the work; nil if there was none.
	Pushed *Pushed
	// MergedAt and MergedCommit are set when the work became part of the base branch.
	MergedAt     *time.Time
	MergedCommit string
	// RevertedAt is set when the merged work was taken back, AbandonedAt when a person gave it up.
	RevertedAt, AbandonedAt *time.Time
	// NoticedAt is when retention announced that it will remove the working tree; RemovedAt is when it did. The patch is kept longer.
	NoticedAt, RemovedAt *time.Time
}

// NoticeWork is how long before the removal of a working tree retention announces it, if nobody has taken the work.
const NoticeWork = 7 * 24 * time.Hour

// Pushed is one push of a session's work.
type Pushed struct {
	At             time.Time
	Branch, Commit string
	ByName         string
	// Command is Published.Command.
	Command string
}

// Checks counts the results of check commands.
type Checks struct {
	Passed, Failed int
	// FailedCommands are the commands that did not pass, in their order, at most MaxFailedCommands.
	FailedCommands []string
}

// MaxFailedCommands is how many failed commands an outcome names.
const MaxFailedCommands = 20

// Total counts all commands that ran.
func (c Checks) Total() int { return c.Passed + c.Failed }

// IsTaken reports whether the work is somewhere else than in this server, so that nothing is lost when it goes here.
func (o Outcome) IsTaken() bool { return o.Pushed != nil || o.MergedAt != nil }
