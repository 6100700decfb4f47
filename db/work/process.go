package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Process is a session's agent server, with what identifies the process after a restart. Password is sealed.
type Process struct {
	Session session.ID
	// Room is the name of the spare that the process was started as; empty if it was started for its session.
	Room session.ID
	// Node is the server that started it and that alone may end it.
	Node       string
	PID        int
	StartTime  string
	Port       int
	Password   string
	Generation string
	Version    string
	// OwnConfig is true if what the session's tree says about its agents counts.
	OwnConfig bool
	StartedAt time.Time
}

// ProcessColumns are the columns that ScanProcess reads.
const ProcessColumns = `session_id, node, pid, start_time, port, password, generation, version, own_config, started_at, room`

var (
	qProcess     = area.Scoped(`SELECT ` + ProcessColumns + ` FROM agent_processes WHERE tenant_id = $1 AND session_id = $2 AND node = $3`)
	qSaveProcess = area.Scoped(`INSERT INTO main.agent_processes (tenant_id, ` + ProcessColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (tenant_id, session_id, node) DO UPDATE SET pid = excluded.pid, start_time = excluded.start_time, port = excluded.port,
		password = excluded.password, generation = excluded.generation, version = excluded.version, own_config = excluded.own_config, started_at = excluded.started_at, room = excluded.room`)
	qCountStart     = area.Scoped(`INSERT INTO main.agent_starts (tenant_id, generation, starts, lost) VALUES ($1, '', 1, 0) ON CONFLICT (tenant_id) DO UPDATE SET starts = agent_starts.starts + 1`)
	qCountLoss      = area.Scoped(`UPDATE main.agent_starts SET lost = lost + 1, lost_at = $2 WHERE tenant_id = $1`)
	qDeleteProcess  = area.Scoped(`DELETE FROM main.agent_processes WHERE tenant_id = $1 AND session_id = $2 AND node = $3`)
	qSaveGatewayKey = area.Scoped(`INSERT INTO main.gateway_keys (tenant_id, session_id, generation, hash, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, session_id) DO UPDATE SET generation = excluded.generation, hash = excluded.hash, created_at = excluded.created_at`)
	qDeleteGatewayKey = area.Scoped(`DELETE FROM main.gateway_keys WHERE tenant_id = $1 AND session_id = $2`)
)

// Process reads the agent server of a session on a node and reports whether there is one.
func (s Scope) Process(ctx context.Context, id session.ID, node string) (Process, bool, error) {
	return dbkernel.Maybe(ScanProcess)(s.Scope.Query(ctx, qProcess, id, node))
}

// SaveProcess stores a session's agent server in place of an earlier one on its node. It counts a start once, although a process is
// saved more than once while it starts.
func (s Scope) SaveProcess(ctx context.Context, p Process) error {
	before, _, err := s.Process(ctx, p.Session, p.Node)
	if err != nil {
		return err
	}
	if _, err := s.Scope.Exec(ctx, qSaveProcess, p.Session, p.Node, p.PID, p.StartTime, p.Port, p.Password, p.Generation, p.Version, dbkernel.Bit(p.OwnConfig), dbkernel.Millis(p.StartedAt), p.Room); err != nil {
		return dbkernel.Wrap("save process", err)
	}
	if before.Generation == p.Generation {
		return nil
	}
	_, err = s.Scope.Exec(ctx, qCountStart)
	return dbkernel.Wrap("count the start", err)
}

// LoseProcess deletes a session's agent server, which ended unexpectedly, and counts the loss.
func (s Scope) LoseProcess(ctx context.Context, id session.ID, node string, now time.Time) error {
	if _, err := s.Scope.Exec(ctx, qCountLoss, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("count the loss", err)
	}
	return s.DeleteProcess(ctx, id, node)
}

// DeleteProcess deletes a session's agent server, if there is one, and its key at the gateway.
func (s Scope) DeleteProcess(ctx context.Context, id session.ID, node string) error {
	if _, err := s.Scope.Exec(ctx, qDeleteGatewayKey, id); err != nil {
		return dbkernel.Wrap("delete gateway key", err)
	}
	_, err := s.Scope.Exec(ctx, qDeleteProcess, id, node)
	return dbkernel.Wrap("delete process", err)
}

// SaveGatewayKey stores the hash of the key of a session's next process, which replaces the key of the last one.
func (s Scope) SaveGatewayKey(ctx context.Context, id session.ID, generation, hash string, now time.Time) error {
	_, err := s.Scope.Exec(ctx, qSaveGatewayKey, id, generation, hash, dbkernel.Millis(now))
	return dbkernel.Wrap("save gateway key", err)
}

func (p *Process) dest() []any {
	return []any{&p.Session, &p.Node, &p.PID, &p.StartTime, &p.Port, &p.Password, &p.Generation, &p.Version, &p.OwnConfig, dbkernel.TimeDest(&p.StartedAt), &p.Room}
}

// ScanProcess reads a process from ProcessColumns.
func ScanProcess(r dbkernel.Scanner) (p Process, err error) {
	err = r.Scan(p.dest()...)
	return p, err
}
