package work

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Checkpoint is a state of a session that it can return to.
type Checkpoint struct {
	Checkpoint   int64          `json:"checkpoint" doc:"The number of the checkpoint within its session. Numbers are never used again."`
	Cause        string         `json:"cause" enum:"turn,periodic,before_pause,before_restore,manual"`
	Note         string         `json:"note" doc:"Of a manual checkpoint; can be empty."`
	Tree         string         `json:"tree" doc:"The hash of the git tree with all files, untracked ones too, ignored ones not."`
	Commit       string         `json:"commit" doc:"The commit with this tree. It is on no branch, and no fetch brings it."`
	Conversation string         `json:"conversation" doc:"The agent's own ID of the conversation; empty if there was none."`
	MessageID    string         `json:"message_id" doc:"The last finished message of the conversation; empty if there was none."`
	Attempt      int            `json:"attempt"`
	EventSeq     int64          `json:"event_seq" doc:"The number of the last event before the checkpoint."`
	Tokens       int64          `json:"tokens" doc:"All tokens that the session had used."`
	CostMicroUSD int64          `json:"cost_microusd"`
	RanMS        int64          `json:"ran_ms"`
	Since        CheckpointSums `json:"since_base" doc:"What differs from the session's base commit."`
	Step         CheckpointSums `json:"since_previous" doc:"What differs from the checkpoint before."`
	CreatedBy    string         `json:"created_by_name" doc:"Empty for the server's own checkpoints."`
	CreatedAt    apikit.Time    `json:"created_at"`
}

// CheckpointSums counts changes.
type CheckpointSums struct {
	Files     int `json:"files"`
	Additions int `json:"additions"`
	Deletions int `json:"deletions"`
}

// Comparison is what differs between two checkpoints.
type Comparison struct {
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Files     []File `json:"files"`
	Patch     string `json:"patch" doc:"Text for git apply that turns the files of one checkpoint into those of the other."`
	Truncated bool   `json:"truncated" doc:"Whether the patch lacks changes."`
}

// RestoredSession is a session after a restore.
type RestoredSession struct {
	Session
	Before int64 `json:"checkpoint_before" doc:"The checkpoint that was taken first; 0 if there was no working tree to take one of."`
}

func (a *Operations) checkpointRoutes() {
	tags := []string{"Sessions"}
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-checkpoints", Method: http.MethodGet, Path: "/sessions/{id}/checkpoints", Tags: tags,
		Summary: "List checkpoints", Description: "The session's checkpoints, newest first. The newest 100 are kept, and every manual one."}, a.listCheckpoints)
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "create-checkpoint", Method: http.MethodPost, Path: "/sessions/{id}/checkpoints", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Take a checkpoint", Description: "Stores the files and the position in the conversation. Members can do this for their own sessions and leads for all sessions. Returns 409 for a session without a working tree."}, a.createCheckpoint)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "compare-checkpoints", Method: http.MethodGet, Path: "/sessions/{id}/checkpoints/compare", Tags: tags,
		Summary: "Compare two checkpoints", Description: "The files that differ from one checkpoint to another, in any order."}, a.compareCheckpoints)
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "restore-session", Method: http.MethodPost, Path: "/sessions/{id}/restore", Tags: tags,
		Summary: "Restore a checkpoint", Description: "Takes a checkpoint, makes the files exactly those of an earlier checkpoint, and lets the conversation end at its message from the next turn. " +
			"A running session is paused first. An agent whose conversation cannot be rewound gets the files and a message that says so. Tokens, cost and time stay counted, and the log stays. " +
			"Returns 409 for a queued or cancelled session."}, a.restoreSession)
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "fork-session", Method: http.MethodPost, Path: "/sessions/{id}/fork", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Fork a session", Description: "Creates a session whose files and conversation start at a checkpoint or a message of this one, which is not changed. With a message, the files are those of the last checkpoint before it. " +
			"Limits, budget and queue are those of any new session."}, a.forkSession)
}

func (a *Operations) listCheckpoints(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[apikit.List[Checkpoint]], error) {
	cs, err := a.work.Checkpoints(ctx, by, session.ID(in.ID))
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(cs, checkpointBody))), err
}

// NewCheckpoint is the input for a manual checkpoint.
type NewCheckpoint struct {
	Note string `json:"note,omitempty" doc:"Why the checkpoint was taken, up to 200 characters."`
}

func (a *Operations) createCheckpoint(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body *NewCheckpoint
}) (*apikit.Answer[Checkpoint], error) {
	note := ""
	if in.Body != nil {
		note = in.Body.Note
	}
	c, err := a.work.AddCheckpoint(ctx, by, session.ID(in.ID), note)
	return apikit.NewAnswer(checkpointBody(c)), err
}

func (a *Operations) compareCheckpoints(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	From int64 `query:"from" doc:"The number of a checkpoint." example:"1"`
	To   int64 `query:"to" doc:"The number of a checkpoint." example:"2"`
}) (*apikit.Answer[Comparison], error) {
	files, p, err := a.work.CompareCheckpoints(ctx, by, session.ID(in.ID), in.From, in.To)
	return apikit.NewAnswer(Comparison{From: in.From, To: in.To, Files: apikit.MapItems(files, fileBody), Patch: string(p.Text), Truncated: p.Truncated}), err
}

// NewRestore is the input for a restore.
type NewRestore struct {
	Checkpoint int64  `json:"checkpoint" doc:"The number of the checkpoint."`
	Message    string `json:"message,omitempty" doc:"A message to the agent, with which the session continues. Without one, the session's status stays."`
}

func (a *Operations) restoreSession(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body NewRestore
}) (*apikit.Answer[RestoredSession], error) {
	r, err := a.work.RestoreSession(ctx, by, session.ID(in.ID), in.Body.Checkpoint, in.Body.Message)
	if err != nil {
		return nil, err
	}
	s, err := a.answerSession(ctx, by, r.Session)
	if err != nil {
		return nil, err
	}
	return apikit.NewAnswer(RestoredSession{Session: s.Body, Before: r.Before}), nil
}

// NewFork is the input for a fork.
type NewFork struct {
	Checkpoint      int64  `json:"checkpoint,omitempty" doc:"The number of the checkpoint to start from." example:"3"`
	MessageID       string `json:"message_id,omitempty" doc:"The message to start from, if there is no checkpoint."`
	FilesOnly       bool   `json:"files_only,omitempty" doc:"Start with the files only, in a new conversation."`
	Title           string `json:"title,omitempty" doc:"The default is the title of the session that is forked." example:"Try another way"`
	Message         string `json:"message,omitempty" doc:"The first new message to the agent."`
	ModelIdentifier string `json:"model_identifier,omitempty" doc:"The default is the same model."`
	OpencodeAgent   string `json:"opencode_agent,omitempty" doc:"The default is the same agent."`
	Start           bool   `json:"start,omitempty" doc:"If true, the session is queued immediately; otherwise it is a draft."`
}

func (a *Operations) forkSession(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body NewFork
}) (*apikit.Answer[Session], error) {
	b := in.Body
	s, err := a.work.ForkSession(ctx, by, session.ID(in.ID), appwork.Fork{Checkpoint: b.Checkpoint, MessageID: b.MessageID, FilesOnly: b.FilesOnly, Title: b.Title,
		Message: b.Message, Model: b.ModelIdentifier, Agent: b.OpencodeAgent, Start: b.Start})
	if err != nil {
		return nil, err
	}
	return a.answerSession(ctx, by, s)
}

func checkpointBody(c session.Checkpoint) Checkpoint {
	name := ""
	if c.By.Kind == "user" {
		name = c.By.Name
	}
	return Checkpoint{Checkpoint: c.N, Cause: string(c.Cause), Note: c.Note, Tree: c.Tree, Commit: c.Commit, Conversation: c.Conversation, MessageID: c.MessageID,
		Attempt: c.Attempt, EventSeq: c.EventSeq, Tokens: c.Tokens, CostMicroUSD: c.CostMicroUSD, RanMS: c.Ran.Milliseconds(),
		Since: CheckpointSums(c.Since), Step: CheckpointSums(c.Step), CreatedBy: name, CreatedAt: apikit.NewTime(c.At)}
}
