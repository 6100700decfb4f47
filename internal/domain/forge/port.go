package forge

import "context"

// Port is the access to one project on a forge with one token. Its errors are *Refusal, except when ctx was cancelled. It repeats no
// request that changes something.
type Port interface {
	// Access returns what the token can do.
	Access(ctx context.Context) (Access, error)
	// Protection returns how a branch is protected; Missing if there is no such branch.
	Protection(ctx context.Context, branch string) (Protection, error)
	// Open opens a pull request. After a refusal that IsUncertain, Find tells whether it was opened.
	Open(ctx context.Context, n New) (PullRequest, error)
	// Find returns the open pull request of n's branch into n's base; Missing if there is none.
	Find(ctx context.Context, n New) (PullRequest, error)
	// Read returns a pull request by its number.
	Read(ctx context.Context, number int) (PullRequest, error)
	// Checks returns the checks of a pull request's head.
	Checks(ctx context.Context, p PullRequest) (Checks, error)
	// MarkReady ends the draft state of a pull request.
	MarkReady(ctx context.Context, p PullRequest) error
	// Merge merges a pull request if its head is still m.Head.
	Merge(ctx context.Context, m MergeRequest) error
	// Close closes a pull request without merging it.
	Close(ctx context.Context, number int) error
}
