package work

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Two ways to read a session's row: in full, and for a list without the long texts.
const (
	sessionShort = `s.tenant_id, s.id, s.title, s.session_type, s.priority, s.status, s.reason_code, s.reason_message, s.status_at, s.waiting_for,
		s.parent_id, s.repository_id, s.base_ref, s.branch, s.base_commit, s.model, s.agent, s.max_duration_ms, s.max_tokens, s.max_cost_microusd,
		s.max_memory_bytes, s.max_cpu_milli, s.max_tasks,
		s.tags, s.created_by, s.created_by_name, s.attempt, s.retry_count, s.retry_at, s.ran_ms, s.ran_since,
		s.tokens_input, s.tokens_output, s.tokens_reasoning, s.tokens_cache_read, s.tokens_cache_write_short, s.tokens_cache_write_long,
		s.cost_microusd, s.doing, s.last_event_at, s.last_seq, s.files_changed, s.additions, s.deletions, s.conversation, s.version,
		s.created_at, s.queued_at, s.started_at, s.ended_at, coalesce(r.name, ''),
		coalesce(o.checks_passed, 0), coalesce(o.checks_failed, 0), coalesce(o.failed_checks, 'null'), o.pushed_at, o.merged_at, o.reverted_at,
		s.agent_id, s.agent_version, s.agent_place, coalesce(g.name, '')`
	sessionLine = `SELECT ` + sessionShort + `, '', '', '{}', ''`
	sessionFull = `SELECT ` + sessionShort + `, s.description, s.prompt, s.metadata, s.routing`
	sessionFrom = ` FROM sessions s LEFT JOIN repositories r ON r.tenant_id = s.tenant_id AND r.id = s.repository_id
		LEFT JOIN outcomes o ON o.tenant_id = s.tenant_id AND o.session_id = s.id AND o.attempt = s.attempt
		LEFT JOIN agents g ON g.tenant_id = s.tenant_id AND g.id = s.agent_id`
)

var (
	qSession = area.Scoped(sessionFull + sessionFrom + ` WHERE s.tenant_id = $1 AND s.id = $2 AND s.deleted_at IS NULL`)

	qCreateSession = area.Scoped(`INSERT INTO main.sessions (tenant_id, id, title, description, session_type, priority, status, status_at, parent_id, repository_id,
		base_ref, branch, base_commit, model, agent, prompt, max_duration_ms, max_tokens, max_cost_microusd, tags, metadata, created_by, created_by_name, max_memory_bytes, max_cpu_milli, max_tasks, agent_id, agent_version, routing, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $7)`)

	qDeleteSession = area.Scoped(`UPDATE main.sessions SET deleted_at = $3, retry_at = NULL, resume_on_start = 0, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
		AND status NOT IN ('queued', 'running', 'degraded', 'paused') RETURNING status`)
	qDropTerms = area.Scoped(`DELETE FROM main.session_terms WHERE tenant_id = $1 AND session_id = $2`)

	qSetRun = area.Scoped(`UPDATE main.sessions SET conversation = coalesce($3, conversation), branch = coalesce($4, branch), base_commit = coalesce($5, base_commit)
		WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qUnsendPrompt = area.Scoped(`UPDATE main.session_messages SET sent_at = NULL WHERE tenant_id = $1 AND session_id = $2 AND n = 1`)

	qTouch   = area.Scoped(`UPDATE main.sessions SET last_event_at = $4 WHERE tenant_id = $1 AND id = $2 AND attempt = $3`)
	qDoing   = area.Scoped(`UPDATE main.sessions SET doing = $4 WHERE tenant_id = $1 AND id = $2 AND attempt = $3 AND doing <> $4 AND status IN ('running', 'degraded')`)
	qWaiting = area.Scoped(`UPDATE main.sessions SET
		ran_ms = CASE WHEN $3 <> '' AND ran_since < $4 THEN ran_ms + ($4 - ran_since) ELSE ran_ms END,
		ran_since = CASE WHEN $3 <> '' THEN NULL WHEN status IN ('running', 'degraded') THEN coalesce(ran_since, $4) ELSE ran_since END,
		waiting_for = $3, version = version + 1
		WHERE tenant_id = $1 AND id = $2 AND waiting_for <> $3 AND deleted_at IS NULL`)
)

// Session reads one session in full; Missing if it is another team's or deleted.
func (s Scope) Session(ctx context.Context, id session.ID) (session.Session, error) {
	return dbkernel.First("session", scanSession)(s.Scope.Query(ctx, qSession, id))
}

// CreateSession stores a new session as pending, whatever its status, with its search terms, its count and its change.
func (s Scope) CreateSession(ctx context.Context, v session.Session) error {
	routing, err := routingText(v.Routing)
	if err != nil {
		return err
	}
	_, err = s.Scope.Exec(ctx, qCreateSession, v.ID, v.Title, v.Description, v.Type, int64(v.Priority), dbkernel.Millis(v.CreatedAt), dbkernel.TextOrNull(v.ParentID),
		dbkernel.TextOrNull(v.RepositoryID), v.BaseRef, v.Branch, v.BaseCommit, v.Model, v.Agent, v.Prompt, v.MaxDuration.Milliseconds(),
		dbkernel.IntOrNull(v.MaxTokens), dbkernel.IntOrNull(v.MaxCostMicroUSD), dbkernel.ListText(v.Tags), string(v.Metadata), v.CreatedBy, v.CreatedByName,
		dbkernel.IntOrNull(v.Resources.Memory), dbkernel.IntOrNull(v.Resources.CPU), dbkernel.IntOrNull(v.Resources.Tasks),
		v.AgentID, v.AgentVersion, routing)
	if err != nil {
		return dbkernel.Wrap("create session", err)
	}
	if _, err := s.Scope.Exec(ctx, qCountPerson, v.CreatedBy); err != nil {
		return dbkernel.Wrap("count a person's session", err)
	}
	if err := s.addTerms(ctx, v); err != nil {
		return err
	}
	if err := s.logChange(ctx, v.ID, "created", 0, 0); err != nil {
		return err
	}
	return s.addToCount(ctx, session.Pending, 1)
}

// DeleteSession hides a session that is not queued, running, degraded or paused; Conflict for any other.
func (s Scope) DeleteSession(ctx context.Context, id session.ID, now time.Time) error {
	was, ok, err := dbkernel.Maybe(dbkernel.Value[session.Status])(s.Scope.Query(ctx, qDeleteSession, id, dbkernel.Millis(now)))
	if err != nil {
		return dbkernel.Wrap("delete session", err)
	}
	if !ok {
		return s.moveConflict(ctx, id)
	}
	if _, err := s.Scope.Exec(ctx, qDropTerms, id); err != nil {
		return dbkernel.Wrap("delete session's terms", err)
	}
	if err := s.logChange(ctx, id, "deleted", 0, 0); err != nil {
		return err
	}
	return s.addToCount(ctx, was, -1)
}

// RunInfo is what a run determines about its session; nil leaves a field unchanged.
type RunInfo struct {
	Conversation, Branch, BaseCommit *string
	// Fresh deletes the conversation with its cursors and parts, so that the prompt is sent again; KeepTree then keeps the tree.
	Fresh, KeepTree bool
}

// SetSessionRun stores what a run determined; Missing if the session is deleted.
func (s Scope) SetSessionRun(ctx context.Context, id session.ID, r RunInfo) error {
	if r.Fresh {
		empty := ""
		r.Conversation = &empty
		if !r.KeepTree {
			r.BaseCommit = &empty
		}
	}
	err := s.Scope.ExecOne(ctx, "session", qSetRun, id, r.Conversation, r.Branch, r.BaseCommit)
	if err != nil || !r.Fresh {
		return dbkernel.Wrap("store run", err)
	}
	for _, q := range []dbkernel.Stmt{qDropCursors, qDropParts, qUnsendPrompt} {
		if _, err := s.Scope.Exec(ctx, q, id); err != nil {
			return dbkernel.Wrap("delete conversation", err)
		}
	}
	return nil
}

// TouchSession stores the time of an attempt's last event and, unless it is empty, what the agent is doing. Only the latter changes
// lists of sessions.
func (s Scope) TouchSession(ctx context.Context, id session.ID, attempt int, doing string, now time.Time) error {
	if _, err := s.Scope.Exec(ctx, qTouch, id, attempt, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("touch session", err)
	}
	if doing == "" {
		return nil
	}
	n, err := s.Scope.Exec(ctx, qDoing, id, attempt, doing)
	if err != nil || n == 0 {
		return dbkernel.Wrap("store what the agent is doing", err)
	}
	return s.logChange(ctx, id, "doing", 0, 0)
}

// SetWaitingFor stores what a session needs from a person. Its time limit is paused until it is empty again.
func (s Scope) SetWaitingFor(ctx context.Context, id session.ID, w session.WaitingFor, now time.Time) error {
	n, err := s.Scope.Exec(ctx, qWaiting, id, string(w), dbkernel.Millis(now))
	if err != nil || n == 0 {
		return dbkernel.Wrap("store what the session waits for", err)
	}
	return s.logChange(ctx, id, "waiting", 0, 0)
}

// moveConflict is the reason why a compare-and-set touched no row.
func (s Scope) moveConflict(ctx context.Context, id session.ID) error {
	v, err := s.Session(ctx, id)
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "The session has changed in the meantime: it is now %s.", v.Status.Word())
}

// sessionRow is the row of a session, which noun turns into the session.
type sessionRow struct {
	v                                   session.Session
	parent, repository                  sql.NullString
	maxTokens, maxCost                  sql.NullInt64
	memory, cpu, tasks                  sql.NullInt64
	retryAt, ranSince, lastEvent        sql.NullInt64
	queued, started, ended              sql.NullInt64
	pushed, merged, reverted            sql.NullInt64
	statusAt, maxDuration, ran, created int64
	tags, metadata, failedChecks        string
	routing                             string
	c                                   usage.Counts
}

func (r *sessionRow) dest() []any {
	v := &r.v
	return []any{&v.Tenant, &v.ID, &v.Title, &v.Type, &v.Priority, &v.Status, &v.Reason.Code, &v.Reason.Message, &r.statusAt, &v.WaitingFor,
		&r.parent, &r.repository, &v.BaseRef, &v.Branch, &v.BaseCommit, &v.Model, &v.Agent, &r.maxDuration, &r.maxTokens, &r.maxCost,
		&r.memory, &r.cpu, &r.tasks,
		&r.tags, &v.CreatedBy, &v.CreatedByName, &v.Attempt, &v.RetryCount, &r.retryAt, &r.ran, &r.ranSince,
		&r.c.Input, &r.c.Output, &r.c.Reasoning, &r.c.CacheRead, &r.c.CacheWriteShort, &r.c.CacheWriteLong,
		&v.CostMicroUSD, &v.Doing, &r.lastEvent, &v.LastSeq, &v.FilesChanged, &v.Additions, &v.Deletions, &v.Conversation, &v.Version,
		&r.created, &r.queued, &r.started, &r.ended, &v.RepositoryName,
		&v.Checks.Passed, &v.Checks.Failed, &r.failedChecks, &r.pushed, &r.merged, &r.reverted,
		&v.AgentID, &v.AgentVersion, &v.HasPlace, &v.AgentName, &v.Description, &v.Prompt, &r.metadata, &r.routing}
}

func (r *sessionRow) noun() (session.Session, error) {
	v := r.v
	v.StatusAt, v.CreatedAt = dbkernel.TimeOf(r.statusAt), dbkernel.TimeOf(r.created)
	v.ParentID, v.RepositoryID = session.ID(r.parent.String), repository.ID(r.repository.String)
	v.MaxDuration, v.Ran = time.Duration(r.maxDuration)*time.Millisecond, time.Duration(r.ran)*time.Millisecond
	v.MaxTokens, v.MaxCostMicroUSD = dbkernel.IntOrNil(r.maxTokens), dbkernel.IntOrNil(r.maxCost)
	v.Resources = tenant.Resources{Memory: dbkernel.IntOrNil(r.memory), CPU: dbkernel.IntOrNil(r.cpu), Tasks: dbkernel.IntOrNil(r.tasks)}
	v.RetryAt, v.RanSince, v.LastEventAt = dbkernel.TimeOrNil(r.retryAt), dbkernel.TimeOrNil(r.ranSince), dbkernel.TimeOrNil(r.lastEvent)
	v.QueuedAt, v.StartedAt, v.EndedAt = dbkernel.TimeOrNil(r.queued), dbkernel.TimeOrNil(r.started), dbkernel.TimeOrNil(r.ended)
	v.Tokens, v.Metadata = r.c, json.RawMessage(r.metadata)
	v.PushedAt, v.MergedAt, v.RevertedAt = dbkernel.TimeOrNil(r.pushed), dbkernel.TimeOrNil(r.merged), dbkernel.TimeOrNil(r.reverted)
	var err error
	if v.Checks.FailedCommands, err = dbkernel.ParseList(r.failedChecks); err != nil {
		return v, fmt.Errorf("failed checks of session %s: %w", v.ID, err)
	}
	if v.Tags, err = dbkernel.ParseList(r.tags); err != nil {
		return v, fmt.Errorf("tags of session %s: %w", v.ID, err)
	}
	if r.routing != "" {
		v.Routing = &agent.Routing{}
		if err := json.Unmarshal([]byte(r.routing), v.Routing); err != nil {
			return v, fmt.Errorf("routing of session %s: %w", v.ID, err)
		}
	}
	return v, nil
}

// routingText is why an agent was chosen, as it is stored; empty if it was not.
func routingText(r *agent.Routing) (string, error) {
	if r == nil {
		return "", nil
	}
	b, err := json.Marshal(r.Kept())
	return string(b), dbkernel.Wrap("encode a routing", err)
}

func scanSession(r dbkernel.Scanner) (session.Session, error) {
	var row sessionRow
	if err := r.Scan(row.dest()...); err != nil {
		return row.v, err
	}
	return row.noun()
}
