package work

import (
	"encoding/json"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
)

// SessionRow is a session as lists show it.
type SessionRow struct {
	ID                 string                `json:"id" format:"uuid"`
	Title              string                `json:"title"`
	SessionType        string                `json:"session_type" enum:"execution,planning,review,debug,integration"`
	Priority           string                `json:"priority" enum:"critical,high,medium,low,deferred"`
	Status             string                `json:"status" enum:"pending,queued,running,degraded,paused,completed,partially_completed,failed,timeout,stopped,cancelled,orphaned"`
	StatusReason       apikit.OrNull[Reason] `json:"status_reason"`
	StatusUpdatedAt    apikit.Time           `json:"status_updated_at"`
	WaitingFor         string                `json:"waiting_for" enum:",approval,question" doc:"What a person must do for it to go on; empty when nothing."`
	Doing              string                `json:"doing" doc:"One line about what the agent does now."`
	Attempt            int                   `json:"attempt" doc:"The number of the present try, 0 before the first."`
	RetryCount         int                   `json:"retry_count" doc:"Automatic retries."`
	RetryAt            *apikit.Time          `json:"retry_at" nullable:"true" doc:"When a failed session is tried again by itself."`
	ParentID           *string               `json:"parent_id" format:"uuid"`
	RepositoryID       *string               `json:"repository_id" format:"uuid" doc:"null for an empty workspace."`
	BaseRef            string                `json:"base_ref"`
	Branch             string                `json:"branch" doc:"The session's own branch."`
	ModelIdentifier    string                `json:"model_identifier"`
	OpencodeAgent      string                `json:"opencode_agent"`
	Tokens             Tokens                `json:"tokens"`
	CostMicroUSD       int64                 `json:"cost_microusd" doc:"Micro-dollars."`
	FilesChanged       int                   `json:"files_changed"`
	Additions          int                   `json:"additions"`
	Deletions          int                   `json:"deletions"`
	ElapsedSeconds     int64                 `json:"elapsed_seconds" doc:"Running time of this attempt: not queued, not paused, not waiting for a person."`
	MaxDurationSeconds int64                 `json:"max_duration_seconds"`
	MaxTokens          *int64                `json:"max_tokens" doc:"null for no limit of its own."`
	MaxCostMicroUSD    *int64                `json:"max_cost_microusd" doc:"null for no limit of its own."`
	Tags               []string              `json:"tags"`
	CreatedBy          Person                `json:"created_by"`
	CreatedAt          apikit.Time           `json:"created_at"`
	QueuedAt           *apikit.Time          `json:"queued_at" nullable:"true"`
	StartedAt          *apikit.Time          `json:"started_at" nullable:"true"`
	EndedAt            *apikit.Time          `json:"ended_at" nullable:"true"`
	LastEventAt        *apikit.Time          `json:"last_event_at" nullable:"true"`
	LastSeq            int64                 `json:"last_seq" doc:"The number of the newest event."`
}

// Session is a session with all there is about it.
type Session struct {
	SessionRow
	Description   string               `json:"description"`
	InitialPrompt string               `json:"initial_prompt"`
	BaseCommit    string               `json:"base_commit" doc:"The commit the branch began at; empty until the tree is made."`
	Metadata      json.RawMessage      `json:"metadata" doc:"The object it was created with."`
	Queue         apikit.OrNull[Queue] `json:"queue"`
}

// Reason says why a session stands where it stands.
type Reason struct {
	Code    string `json:"code" example:"model_auth"`
	Message string `json:"message"`
	Remedy  string `json:"remedy" doc:"What a person can do about it; empty when nothing."`
}

// Queue says why a queued session waits and at which place; 1 is next.
type Queue struct {
	Position int64  `json:"position"`
	Reason   string `json:"reason"`
}

// Tokens are the five buckets people see. Input leaves out what was cached, output leaves out reasoning.
type Tokens struct {
	Input      int64 `json:"input"`
	Output     int64 `json:"output"`
	Reasoning  int64 `json:"reasoning"`
	CacheRead  int64 `json:"cache_read"`
	CacheWrite int64 `json:"cache_write"`
}

// Person is somebody of the team.
type Person struct {
	ID   string `json:"id" format:"uuid"`
	Name string `json:"name"`
}

func sessionRow(s session.Session, now time.Time) SessionRow {
	return SessionRow{
		ID: string(s.ID), Title: s.Title, SessionType: string(s.Type), Priority: s.Priority.String(),
		Status: string(s.Status), StatusReason: reasonBody(s.Reason), StatusUpdatedAt: apikit.NewTime(s.StatusAt), WaitingFor: string(s.WaitingFor), Doing: s.Doing,
		Attempt: s.Attempt, RetryCount: s.RetryCount, RetryAt: apikit.OptionalTime(s.RetryAt),
		ParentID: apikit.TextOrNull(s.ParentID), RepositoryID: apikit.TextOrNull(s.RepositoryID), BaseRef: s.BaseRef, Branch: s.Branch,
		ModelIdentifier: s.Model, OpencodeAgent: s.Agent, Tokens: tokensBody(s.Tokens), CostMicroUSD: s.CostMicroUSD,
		FilesChanged: s.FilesChanged, Additions: s.Additions, Deletions: s.Deletions, ElapsedSeconds: int64(s.Elapsed(now) / time.Second),
		MaxDurationSeconds: int64(s.MaxDuration / time.Second), MaxTokens: s.MaxTokens, MaxCostMicroUSD: s.MaxCostMicroUSD,
		Tags: apikit.MapItems(s.Tags, apirepos.Same), CreatedBy: Person{string(s.CreatedBy), s.CreatedByName}, CreatedAt: apikit.NewTime(s.CreatedAt),
		QueuedAt: apikit.OptionalTime(s.QueuedAt), StartedAt: apikit.OptionalTime(s.StartedAt), EndedAt: apikit.OptionalTime(s.EndedAt), LastEventAt: apikit.OptionalTime(s.LastEventAt), LastSeq: s.LastSeq,
	}
}

func sessionBody(s session.Session, q session.Queue, now time.Time) Session {
	b := Session{SessionRow: sessionRow(s, now), Description: s.Description, InitialPrompt: s.Prompt, BaseCommit: s.BaseCommit, Metadata: s.Metadata}
	if s.Status == session.Queued {
		b.Queue.Value = &Queue{q.Position, q.Reason}
	}
	return b
}

func reasonBody(r session.Reason) (o apikit.OrNull[Reason]) {
	if r.Code != "" || r.Message != "" {
		o.Value = &Reason{string(r.Code), r.Message, r.Code.Remedy()}
	}
	return o
}

func tokensBody(c usage.Counts) Tokens {
	return Tokens{c.Input, c.Output, c.Reasoning, c.CacheRead, c.CacheWrite()}
}
