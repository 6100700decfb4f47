package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Restore is a restore in progress.
type Restore struct {
	// From is the session that this one is forked from, or the session itself.
	From session.ID
	// N is the checkpoint of From that is restored, Before the one that was taken first; 0 until then.
	N, Before int64
	// Message is sent to the agent then. Queue starts a forked session.
	Message string
	Queue   bool
	By      tenant.UserID
	ByName  string
}

const reasonRestores = "a server that was killed finishes the restores of all teams that it had begun"

var (
	qAddRestore = area.Scoped(`INSERT INTO main.session_restores (tenant_id, session_id, from_session, n, message, queue, by_id, by_name, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT DO NOTHING`)
	qRestore      = area.Scoped(`SELECT from_session, n, before_n, message, queue, by_id, by_name FROM session_restores WHERE tenant_id = $1 AND session_id = $2`)
	qSetBefore    = area.Scoped(`UPDATE main.session_restores SET before_n = $3 WHERE tenant_id = $1 AND session_id = $2`)
	qDropRestore  = area.Scoped(`DELETE FROM main.session_restores WHERE tenant_id = $1 AND session_id = $2`)
	qOpenRestores = area.CrossTenant(reasonRestores, `SELECT tenant_id, session_id FROM session_restores ORDER BY started_at`)
	qSetRewind    = area.Scoped(`INSERT INTO main.session_rewinds (tenant_id, session_id, from_session, conversation, message_id) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, session_id) DO UPDATE SET from_session = excluded.from_session, conversation = excluded.conversation, message_id = excluded.message_id`)
	qRewind     = area.Scoped(`SELECT from_session, conversation, message_id FROM session_rewinds WHERE tenant_id = $1 AND session_id = $2`)
	qDropRewind = area.Scoped(`DELETE FROM main.session_rewinds WHERE tenant_id = $1 AND session_id = $2`)
	qImports    = area.Scoped(`SELECT imports FROM sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`)
	qAddImport  = area.Scoped(`UPDATE main.sessions SET imports = imports + 1 WHERE tenant_id = $1 AND id = $2`)
	qLeased     = area.Scoped(`SELECT count(*) FROM sessions WHERE tenant_id = $1 AND id = $2 AND lease_owner <> '' AND lease_until > $3`)
)

// AddRestore stores that a restore of a session has begun; Conflict if one is in progress.
func (s Scope) AddRestore(ctx context.Context, id session.ID, r Restore, now time.Time) error {
	n, err := s.Scope.Exec(ctx, qAddRestore, id, r.From, r.N, r.Message, dbkernel.Bit(r.Queue), r.By, r.ByName, dbkernel.Millis(now))
	if err == nil && n == 0 {
		return errRestoring()
	}
	return dbkernel.Wrap("store a restore", err)
}

// Restore reads a session's restore in progress, if there is one.
func (s Scope) Restore(ctx context.Context, id session.ID) (Restore, bool, error) {
	return dbkernel.Maybe(func(r dbkernel.Scanner) (x Restore, err error) {
		err = r.Scan(&x.From, &x.N, &x.Before, &x.Message, &x.Queue, &x.By, &x.ByName)
		return x, err
	})(s.Scope.Query(ctx, qRestore, id))
}

// CheckNotRestoring returns a Conflict while a restore of the session is in progress.
func (s Scope) CheckNotRestoring(ctx context.Context, id session.ID) error {
	if _, ok, err := s.Restore(ctx, id); err != nil || ok {
		if err == nil {
			err = errRestoring()
		}
		return err
	}
	return nil
}

// SetRestoreBefore stores which checkpoint was taken before the files are restored.
func (s Scope) SetRestoreBefore(ctx context.Context, id session.ID, n int64) error {
	_, err := s.Scope.Exec(ctx, qSetBefore, id, n)
	return dbkernel.Wrap("store the checkpoint before a restore", err)
}

// DropRestore ends a restore.
func (s Scope) DropRestore(ctx context.Context, id session.ID) error {
	_, err := s.Scope.Exec(ctx, qDropRestore, id)
	return dbkernel.Wrap("end a restore", err)
}

// OpenRestores lists the sessions of all teams whose restore is in progress.
func (s System) OpenRestores(ctx context.Context) ([]dbkernel.SessionRef, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (x dbkernel.SessionRef, err error) {
		err = r.Scan(&x.Tenant, &x.ID)
		return x, err
	})(s.System.Query(ctx, qOpenRestores))
}

// SetRewind stores that a session's conversation ends at an earlier message before its next turn.
func (s Scope) SetRewind(ctx context.Context, id session.ID, r session.Rewind) error {
	_, err := s.Scope.Exec(ctx, qSetRewind, id, r.From, r.Conversation, r.MessageID)
	return dbkernel.Wrap("store a rewind", err)
}

// Rewind reads what has to happen to a session's conversation before its next turn, if anything.
func (s Scope) Rewind(ctx context.Context, id session.ID) (session.Rewind, bool, error) {
	return dbkernel.Maybe(func(r dbkernel.Scanner) (x session.Rewind, err error) {
		err = r.Scan(&x.From, &x.Conversation, &x.MessageID)
		return x, err
	})(s.Scope.Query(ctx, qRewind, id))
}

// DropRewind removes what SetRewind stored.
func (s Scope) DropRewind(ctx context.Context, id session.ID) error {
	_, err := s.Scope.Exec(ctx, qDropRewind, id)
	return dbkernel.Wrap("end a rewind", err)
}

// Imports counts how often a session's conversation was imported.
func (s Scope) Imports(ctx context.Context, id session.ID) (int64, error) {
	return dbkernel.First("session", dbkernel.Value[int64])(s.Scope.Query(ctx, qImports, id))
}

// IsLeased reports whether an engine drives the session.
func (s Scope) IsLeased(ctx context.Context, id session.ID, now time.Time) (bool, error) {
	n, err := dbkernel.First("session", dbkernel.Value[int64])(s.Scope.Query(ctx, qLeased, id, dbkernel.Millis(now)))
	return n > 0, err
}
