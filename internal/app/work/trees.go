package work

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Trees stores and restores the files of sessions. The workspace implements it.
type Trees interface {
	// Checkpoint stores the whole working tree as number n and compares it with an earlier commit, if there is one.
	Checkpoint(ctx context.Context, s session.Session, earlier string, n int64) (session.Snapshot, error)
	// CompareTrees returns the changes from one commit to another.
	CompareTrees(ctx context.Context, s session.Session, from, to string) (files []session.FileChange, patch []byte, truncated bool, err error)
	// DropCheckpoints deletes the files of all checkpoints up to number last that are not in keep.
	DropCheckpoints(ctx context.Context, s session.Session, keep []int64, last int64) error
	// RestoreCheckpoint makes the working tree that of a checkpoint. It differs if there are files that only the later .gitignore ignored:
	// the next call deletes them.
	RestoreCheckpoint(ctx context.Context, s session.Session, to session.Snapshot) (differs bool, err error)
	// Fork creates the working tree of a session from a checkpoint of another one.
	Fork(ctx context.Context, from, to session.Session, at session.Snapshot) error
	// Diff compares the whole tree with its base commit.
	Diff(ctx context.Context, s session.Session) (files []session.FileChange, patch []byte, truncated bool, err error)
}

// noTrees is for an app that no workspace belongs to: a command of the operator.
type noTrees struct{}

var errNoTrees = fault.New(fault.Conflict, "This process has no working trees.")

// Checkpoint returns a Conflict.
func (noTrees) Checkpoint(context.Context, session.Session, string, int64) (s session.Snapshot, err error) {
	return s, errNoTrees
}

// CompareTrees returns a Conflict.
func (noTrees) CompareTrees(context.Context, session.Session, string, string) (files []session.FileChange, patch []byte, truncated bool, err error) {
	return nil, nil, false, errNoTrees
}

// DropCheckpoints returns a Conflict.
func (noTrees) DropCheckpoints(context.Context, session.Session, []int64, int64) error {
	return errNoTrees
}

// RestoreCheckpoint returns a Conflict.
func (noTrees) RestoreCheckpoint(context.Context, session.Session, session.Snapshot) (bool, error) {
	return false, errNoTrees
}

// Fork returns a Conflict.
func (noTrees) Fork(context.Context, session.Session, session.Session, session.Snapshot) error {
	return errNoTrees
}

// Diff returns a Conflict.
func (noTrees) Diff(context.Context, session.Session) (files []session.FileChange, patch []byte, truncated bool, err error) {
	return nil, nil, false, errNoTrees
}
