package work

import (
	"encoding/json"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// SessionRow is a session as in a list.
type SessionRow struct {
	ID                 string                         `json:"id" format:"uuid"`
	Title              string                         `json:"title"`
	SessionType        string                         `json:"session_type" enum:"execution,planning,review,debug,integration"`
	Priority           string                         `json:"priority" enum:"critical,high,medium,low,deferred"`
	Status             string                         `json:"status" enum:"pending,queued,running,degraded,paused,completed,partially_completed,failed,timeout,stopped,cancelled,orphaned"`
	StatusReason       apikit.OrNull[Reason]          `json:"status_reason"`
	StatusUpdatedAt    apikit.Time                    `json:"status_updated_at"`
	WaitingFor         string                         `json:"waiting_for" enum:",approval,question" doc:"What a person must do before the session can continue; empty if nothing."`
	Doing              string                         `json:"doing" doc:"What the agent is doing now, in one line."`
	Attempt            int                            `json:"attempt" doc:"The number of the current attempt; 0 before the first."`
	RetryCount         int                            `json:"retry_count" doc:"The number of automatic retries."`
	RetryAt            *apikit.Time                   `json:"retry_at" nullable:"true" doc:"When a failed session is retried automatically."`
	ParentID           *string                        `json:"parent_id" format:"uuid"`
	RepositoryID       *string                        `json:"repository_id" format:"uuid" doc:"null if the session started from an empty folder."`
	BaseRef            string                         `json:"base_ref"`
	Branch             string                         `json:"branch" doc:"The branch with the session's changes."`
	ModelIdentifier    string                         `json:"model_identifier"`
	OpencodeAgent      string                         `json:"opencode_agent"`
	Agent              apikit.OrNull[apikit.AgentRef] `json:"agent" doc:"The agent of the registry with the version that the session keeps; null without one."`
	Tokens             Tokens                         `json:"tokens"`
	CostMicroUSD       int64                          `json:"cost_microusd" doc:"Micro-dollars."`
	FilesChanged       int                            `json:"files_changed"`
	Additions          int                            `json:"additions"`
	Deletions          int                            `json:"deletions"`
	Checks             CheckCounts                    `json:"checks" doc:"The results of the checks of the current attempt, once it has ended. A completed session can have failed checks."`
	PushedAt           *apikit.Time                   `json:"pushed_at" nullable:"true" doc:"When the attempt's work was pushed last."`
	MergedAt           *apikit.Time                   `json:"merged_at" nullable:"true" doc:"When the attempt's work was merged."`
	ElapsedSeconds     int64                          `json:"elapsed_seconds" doc:"The running time of this attempt, excluding time queued, paused or waiting for a person."`
	MaxDurationSeconds int64                          `json:"max_duration_seconds"`
	MaxTokens          *int64                         `json:"max_tokens" doc:"The session's own limit; null if it has none."`
	MaxCostMicroUSD    *int64                         `json:"max_cost_microusd" doc:"The session's own limit; null if it has none."`
	MaxMemoryBytes     *int64                         `json:"max_memory_bytes" doc:"What all its processes may take together; null if it has no limit of its own."`
	MaxCPUMilli        *int64                         `json:"max_cpu_milli" doc:"Thousandths of a CPU core for all its processes; null if it has no limit of its own."`
	MaxTasks           *int64                         `json:"max_tasks" doc:"Processes and threads; null if it has no limit of its own."`
	Tags               []string                       `json:"tags"`
	CreatedBy          Person                         `json:"created_by"`
	CreatedAt          apikit.Time                    `json:"created_at"`
	QueuedAt           *apikit.Time                   `json:"queued_at" nullable:"true"`
	StartedAt          *apikit.Time                   `json:"started_at" nullable:"true"`
	EndedAt            *apikit.Time                   `json:"ended_at" nullable:"true"`
	LastEventAt        *apikit.Time                   `json:"last_event_at" nullable:"true"`
	LastSeq            int64                          `json:"last_seq" doc:"The number of the newest event."`
}

// Session is a session with all its fields.
type Session struct {
	SessionRow
	Description   string                        `json:"description"`
	InitialPrompt string                        `json:"initial_prompt"`
	BaseCommit    string                        `json:"base_commit" doc:"The commit that the branch started from; empty until the working tree exists."`
	Metadata      json.RawMessage               `json:"metadata" doc:"The object that the session was created with."`
	Queue         apikit.OrNull[Queue]          `json:"queue"`
	Routing       apikit.OrNull[apikit.Routing] `json:"routing" doc:"Why the agent was chosen; null if a person named it."`
}

// HasETag makes a session an object with an ETag.
func (Session) HasETag() {}

// Reason is why a session has its status.
type Reason struct {
	Code    string `json:"code" example:"model_auth"`
	Message string `json:"message"`
	Remedy  string `json:"remedy" doc:"What a person can do about it; empty if nothing."`
}

// Queue is the place of a queued session, 1 being the next to start, and why it waits.
type Queue struct {
	Position int64  `json:"position"`
	Reason   string `json:"reason"`
}

// Tokens are the five kinds of tokens. Input excludes cached tokens, output excludes reasoning.
type Tokens struct {
	Input      int64 `json:"input"`
	Output     int64 `json:"output"`
	Reasoning  int64 `json:"reasoning"`
	CacheRead  int64 `json:"cache_read"`
	CacheWrite int64 `json:"cache_write"`
}

// Person is a member of the team.
type Person struct {
	ID   string `json:"id" format:"uuid"`
	Name string `json:"name"`
}

func sessionRow(s session.Session, now time.Time) SessionRow {
	row := SessionRow{
		ID: string(s.ID), Title: s.Title, SessionType: string(s.Type), Priority: s.Priority.String(),
		Status: string(s.Status), StatusReason: reasonBody(s.Reason), StatusUpdatedAt: apikit.NewTime(s.StatusAt), WaitingFor: string(s.WaitingFor), Doing: s.Doing,
		Attempt: s.Attempt, RetryCount: s.RetryCount, RetryAt: apikit.OptionalTime(s.RetryAt),
		ParentID: apikit.TextOrNull(s.ParentID), RepositoryID: apikit.TextOrNull(s.RepositoryID), BaseRef: s.BaseRef, Branch: s.Branch,
		ModelIdentifier: s.Model, OpencodeAgent: s.Agent, Tokens: tokensBody(s.Tokens), CostMicroUSD: s.CostMicroUSD,
		FilesChanged: s.FilesChanged, Additions: s.Additions, Deletions: s.Deletions, Checks: checkCounts(s.Checks), PushedAt: apikit.OptionalTime(s.PushedAt), MergedAt: apikit.OptionalTime(s.MergedAt), ElapsedSeconds: int64(s.Elapsed(now) / time.Second),
		MaxDurationSeconds: int64(s.MaxDuration / time.Second), MaxTokens: s.MaxTokens, MaxCostMicroUSD: s.MaxCostMicroUSD,
		MaxMemoryBytes: s.Resources.Memory, MaxCPUMilli: s.Resources.CPU, MaxTasks: s.Resources.Tasks,
		Tags: apikit.Texts(s.Tags), CreatedBy: Person{string(s.CreatedBy), s.CreatedByName}, CreatedAt: apikit.NewTime(s.CreatedAt),
		QueuedAt: apikit.OptionalTime(s.QueuedAt), StartedAt: apikit.OptionalTime(s.StartedAt), EndedAt: apikit.OptionalTime(s.EndedAt), LastEventAt: apikit.OptionalTime(s.LastEventAt), LastSeq: s.LastSeq,
	}
	if s.AgentID != "" {
		row.Agent.Value = &apikit.AgentRef{ID: string(s.AgentID), Name: s.AgentName, Version: s.AgentVersion}
	}
	return row
}

func sessionBody(s session.Session, q session.Queue, now time.Time) Session {
	b := Session{SessionRow: sessionRow(s, now), Description: s.Description, InitialPrompt: s.Prompt, BaseCommit: s.BaseCommit, Metadata: s.Metadata}
	if s.Status == session.Queued {
		b.Queue.Value = &Queue{q.Position, q.Reason}
	}
	if s.Routing != nil {
		r := apikit.NewRouting(*s.Routing)
		b.Routing.Value = &r
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
