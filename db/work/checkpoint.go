package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

const checkpointColumns = `SELECT c.n, c.cause, c.note, c.tree, c.commit_id, c.conversation, c.message_id, c.last_message, c.event_seq, c.attempt, c.tokens, c.cost_microusd, c.ran_ms,
	c.since_files, c.since_additions, c.since_deletions, c.step_files, c.step_additions, c.step_deletions, c.by_kind, c.by_id, c.by_name, c.taken_at
	FROM checkpoints c WHERE c.tenant_id = $1 AND c.session_id = $2`

var (
	qNextCheckpoint = area.Scoped(`UPDATE main.sessions SET checkpoint_n = checkpoint_n + 1 WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING checkpoint_n`)
	qAddCheckpoint  = area.Scoped(`INSERT INTO main.checkpoints (tenant_id, session_id, n, cause, note, tree, commit_id, conversation, message_id, last_message, event_seq, attempt,
		tokens, cost_microusd, ran_ms, since_files, since_additions, since_deletions, step_files, step_additions, step_deletions, by_kind, by_id, by_name, taken_at)
		VALUES ($1, $2, ` + dbkernel.Placeholders(3, 23) + `)`)
	qCheckpoints    = area.Scoped(checkpointColumns + ` ORDER BY c.n DESC LIMIT $3`)
	qCheckpoint     = area.Scoped(checkpointColumns + ` AND c.n = $3`)
	qLastBefore     = area.Scoped(checkpointColumns + ` AND c.event_seq < $3 ORDER BY c.n DESC LIMIT 1`)
	qLastGood       = area.Scoped(checkpointColumns + ` AND (c.cause = 'manual' OR c.cause = 'turn' AND c.note = '') ORDER BY c.n DESC LIMIT 1`)
	qAtMessage      = area.Scoped(checkpointColumns + ` AND c.message_id = $3 ORDER BY c.n DESC LIMIT 1`)
	qCheckpointNext = area.Scoped(`SELECT checkpoint_n FROM sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	// The newest ones stay, and every manual one.
	qRotate = area.Scoped(`DELETE FROM main.checkpoints WHERE tenant_id = $1 AND session_id = $2 AND cause <> 'manual'
		AND n <= (SELECT n FROM checkpoints WHERE tenant_id = $1 AND session_id = $2 ORDER BY n DESC LIMIT 1 OFFSET $3)`)
	qCheckpointNumbers = area.Scoped(`SELECT n FROM checkpoints WHERE tenant_id = $1 AND session_id = $2 ORDER BY n`)
	qCountCheckpoints  = area.Scoped(`SELECT count(*) FROM checkpoints WHERE tenant_id = $1 AND session_id = $2`)

	// What the agent finished last, or the message at which the conversation was cut after that.
	qConversationEnd = area.Scoped(`SELECT type, data FROM events WHERE tenant_id = $1 AND session_id = $2
		AND (type IN ('session.restored', 'session.forked') OR type = 'agent.usage' AND source_key LIKE $3) ORDER BY seq DESC LIMIT 1`)
	qLastReceived = area.Scoped(`SELECT coalesce(max(n), 0) FROM session_messages WHERE tenant_id = $1 AND session_id = $2 AND sent_at IS NOT NULL AND undone = 0`)
	qUndo         = area.Scoped(`UPDATE main.session_messages SET undone = CASE WHEN n > $3 THEN 1 ELSE 0 END WHERE tenant_id = $1 AND session_id = $2 AND sent_at IS NOT NULL`)
	qMessageSeq   = area.Scoped(`SELECT coalesce(max(seq), 0) FROM events WHERE tenant_id = $1 AND session_id = $2
		AND type IN ('session.note', 'agent.message', 'agent.reasoning', 'agent.tool', 'agent.usage') AND data LIKE $3`)
)

// NextCheckpoint returns a number for a session's next checkpoint, which is never returned again; Missing if the session is deleted.
func (s Scope) NextCheckpoint(ctx context.Context, id session.ID) (int64, error) {
	return dbkernel.First("session", dbkernel.Value[int64])(s.Scope.Query(ctx, qNextCheckpoint, id))
}

// LastCheckpointNumber reads the last number that NextCheckpoint returned.
func (s Scope) LastCheckpointNumber(ctx context.Context, id session.ID) (int64, error) {
	return dbkernel.First("session", dbkernel.Value[int64])(s.Scope.Query(ctx, qCheckpointNext, id))
}

// AddCheckpoint stores a checkpoint.
func (s Scope) AddCheckpoint(ctx context.Context, id session.ID, c session.Checkpoint) error {
	_, err := s.Scope.Exec(ctx, qAddCheckpoint, id, c.N, string(c.Cause), c.Note, c.Tree, c.Commit, c.Conversation, c.MessageID, c.LastMessage, c.EventSeq, c.Attempt,
		c.Tokens, c.CostMicroUSD, c.Ran.Milliseconds(), c.Since.Files, c.Since.Additions, c.Since.Deletions, c.Step.Files, c.Step.Additions, c.Step.Deletions,
		c.By.Kind, c.By.ID, c.By.Name, dbkernel.Millis(c.At))
	if err != nil || c.Cause != session.Manual {
		return dbkernel.Wrap("store checkpoint", err)
	}
	return s.addWords(ctx, id, SearchTerms(session.Session{Title: c.Note})) // a note of a person is found like a title
}

// Checkpoints reads the newest checkpoints of a session, newest first.
func (s Scope) Checkpoints(ctx context.Context, id session.ID, limit int) ([]session.Checkpoint, error) {
	return dbkernel.Collect(scanCheckpoint)(s.Scope.Query(ctx, qCheckpoints, id, limit))
}

// CountCheckpoints counts the checkpoints of a session.
func (s Scope) CountCheckpoints(ctx context.Context, id session.ID) (int64, error) {
	return dbkernel.First("session", dbkernel.Value[int64])(s.Scope.Query(ctx, qCountCheckpoints, id))
}

// Checkpoint reads one checkpoint; Missing if there is none with this number.
func (s Scope) Checkpoint(ctx context.Context, id session.ID, n int64) (session.Checkpoint, error) {
	return dbkernel.First("checkpoint", scanCheckpoint)(s.Scope.Query(ctx, qCheckpoint, id, n))
}

// LastGoodCheckpoint reads the newest checkpoint that a person took or that was taken after a turn that did not fail, if there is one.
func (s Scope) LastGoodCheckpoint(ctx context.Context, id session.ID) (session.Checkpoint, bool, error) {
	return dbkernel.Maybe(scanCheckpoint)(s.Scope.Query(ctx, qLastGood, id))
}

// CheckpointAtMessage reads the newest checkpoint whose conversation ends at a message, else the newest one from before the message.
func (s Scope) CheckpointAtMessage(ctx context.Context, id session.ID, message string) (c session.Checkpoint, ok bool, err error) {
	if c, ok, err = dbkernel.Maybe(scanCheckpoint)(s.Scope.Query(ctx, qAtMessage, id, message)); err != nil || ok {
		return c, ok, err
	}
	seq, err := dbkernel.First("message", dbkernel.Value[int64])(s.Scope.Query(ctx, qMessageSeq, id, `%"message_id":"`+message+`"%`))
	if err != nil || seq == 0 {
		return c, false, err
	}
	return dbkernel.Maybe(scanCheckpoint)(s.Scope.Query(ctx, qLastBefore, id, seq))
}

// RotateCheckpoints deletes all but the newest checkpoints of a session and the manual ones, and returns the numbers of those that remain.
func (s Scope) RotateCheckpoints(ctx context.Context, id session.ID, keep int) (remain []int64, dropped int64, err error) {
	if dropped, err = s.Scope.Exec(ctx, qRotate, id, keep); err != nil {
		return nil, 0, dbkernel.Wrap("rotate checkpoints", err)
	}
	remain, err = dbkernel.Collect(dbkernel.Value[int64])(s.Scope.Query(ctx, qCheckpointNumbers, id))
	return remain, dropped, err
}

// ConversationEnd returns the last finished message of a session's conversation, or "" if there is none.
func (s Scope) ConversationEnd(ctx context.Context, id session.ID, conversation string) (string, error) {
	if conversation == "" {
		return "", nil
	}
	e, ok, err := dbkernel.Maybe(func(r dbkernel.Scanner) (e event.Event, err error) {
		var data string
		err = r.Scan(&e.Type, &data)
		e.Data = []byte(data)
		return e, err
	})(s.Scope.Query(ctx, qConversationEnd, id, conversation+":%"))
	if err != nil || !ok {
		return "", dbkernel.Wrap("read the end of a conversation", err)
	}
	if e.Type == event.AgentUsage {
		return event.Decode[event.Usage](e).MessageID, nil
	}
	if r := event.Decode[event.Restored](e); r.Conversation == conversation {
		return r.MessageID, nil
	}
	return "", nil
}

// LastReceived is the number of the last message of a person that the agent's conversation contains; 0 if it contains none.
func (s Scope) LastReceived(ctx context.Context, id session.ID) (int64, error) {
	return dbkernel.First("message", dbkernel.Value[int64])(s.Scope.Query(ctx, qLastReceived, id))
}

// UndoMessages marks the messages that the agent received after a number: its conversation no longer contains them.
func (s Scope) UndoMessages(ctx context.Context, id session.ID, after int64) error {
	_, err := s.Scope.Exec(ctx, qUndo, id, after)
	return dbkernel.Wrap("undo messages", err)
}

func scanCheckpoint(r dbkernel.Scanner) (c session.Checkpoint, err error) {
	var ran int64
	err = r.Scan(&c.N, &c.Cause, &c.Note, &c.Tree, &c.Commit, &c.Conversation, &c.MessageID, &c.LastMessage, &c.EventSeq, &c.Attempt, &c.Tokens, &c.CostMicroUSD, &ran,
		&c.Since.Files, &c.Since.Additions, &c.Since.Deletions, &c.Step.Files, &c.Step.Additions, &c.Step.Deletions, &c.By.Kind, &c.By.ID, &c.By.Name, dbkernel.TimeDest(&c.At))
	c.Ran = time.Duration(ran) * time.Millisecond
	return c, err
}

// errRestoring refuses what would use a session whose files are being restored.
func errRestoring() error {
	return fault.New(fault.Conflict, "The session is being restored to a checkpoint. Try again in a few seconds.")
}
