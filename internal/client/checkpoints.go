package client

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Checkpoint is a state of a session that it can return to.
type Checkpoint struct {
	Checkpoint   int64          `json:"checkpoint"`
	Cause        string         `json:"cause"`
	Note         string         `json:"note"`
	Tree         string         `json:"tree"`
	Commit       string         `json:"commit"`
	Conversation string         `json:"conversation"`
	MessageID    string         `json:"message_id"`
	Attempt      int            `json:"attempt"`
	EventSeq     int64          `json:"event_seq"`
	Tokens       int64          `json:"tokens"`
	CostMicroUSD int64          `json:"cost_microusd"`
	RanMS        int64          `json:"ran_ms"`
	Since        CheckpointSums `json:"since_base"`
	Step         CheckpointSums `json:"since_previous"`
	CreatedBy    string         `json:"created_by_name"`
	CreatedAt    time.Time      `json:"created_at"`
}

// CheckpointSums counts changed files and lines.
type CheckpointSums struct {
	Files     int `json:"files"`
	Additions int `json:"additions"`
	Deletions int `json:"deletions"`
}

// Comparison is what differs in the files between two checkpoints.
type Comparison struct {
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Files     []File `json:"files"`
	Patch     string `json:"patch"`
	Truncated bool   `json:"truncated"`
}

// RestoredSession is a session after a restore; Before is the checkpoint that was taken first.
type RestoredSession struct {
	Session
	Before int64 `json:"checkpoint_before"`
}

// NewFork is where a new session starts: at a checkpoint, or at a message.
type NewFork struct {
	Checkpoint      int64  `json:"checkpoint,omitempty"`
	MessageID       string `json:"message_id,omitempty"`
	FilesOnly       bool   `json:"files_only,omitempty"`
	Title           string `json:"title,omitempty"`
	Message         string `json:"message,omitempty"`
	ModelIdentifier string `json:"model_identifier,omitempty"`
	OpencodeAgent   string `json:"opencode_agent,omitempty"`
	Start           bool   `json:"start,omitempty"`
}

// Checkpoints lists the checkpoints of a session, newest first.
func (c *Client) Checkpoints(ctx context.Context, id string) ([]Checkpoint, error) {
	return list[Checkpoint](ctx, c, "/sessions"+seg(id)+"/checkpoints")
}

// TakeCheckpoint takes a checkpoint with a note, which can be empty.
func (c *Client) TakeCheckpoint(ctx context.Context, id, note string) (Checkpoint, error) {
	return create[Checkpoint](ctx, c, "/sessions"+seg(id)+"/checkpoints", struct {
		Note string `json:"note,omitempty"`
	}{note})
}

// CompareCheckpoints reads what differs from one checkpoint to another.
func (c *Client) CompareCheckpoints(ctx context.Context, id string, from, to int64) (Comparison, error) {
	return get[Comparison](ctx, c, fmt.Sprintf("/sessions%s/checkpoints/compare?from=%d&to=%d", seg(id), from, to))
}

// RestoreSession restores a checkpoint. With a message, the session continues.
func (c *Client) RestoreSession(ctx context.Context, id string, checkpoint int64, message string) (r RestoredSession, err error) {
	err = c.Call(ctx, http.MethodPost, "/sessions"+seg(id)+"/restore", struct {
		Checkpoint int64  `json:"checkpoint"`
		Message    string `json:"message,omitempty"`
	}{checkpoint, message}, &r)
	return r, err
}

// ForkSession creates a session that starts where another one was.
func (c *Client) ForkSession(ctx context.Context, id string, f NewFork) (Session, error) {
	return create[Session](ctx, c, "/sessions"+seg(id)+"/fork", f)
}
