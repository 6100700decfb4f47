package work

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

// Process is a team's agent server, with what identifies the process after a restart. Password is sealed.
type Process struct {
	PID        int
	StartTime  string
	Port       int
	Password   string
	Generation string
	Version    string
	StartedAt  time.Time
}

// ProcessColumns are the columns that ScanProcess reads.
const ProcessColumns = `pid, start_time, port, password, generation, version, started_at`

var (
	qProcess     = area.Scoped(`SELECT ` + ProcessColumns + ` FROM agent_processes WHERE tenant_id = $1`)
	qSaveProcess = area.Scoped(`INSERT INTO main.agent_processes (tenant_id, pid, start_time, port, password, generation, version, started_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id) DO UPDATE SET pid = excluded.pid, start_time = excluded.start_time,
		port = excluded.port, password = excluded.password, generation = excluded.generation, version = excluded.version, started_at = excluded.started_at`)
	// A process is saved more than once while it starts; its generation is counted once.
	qCountStart = area.Scoped(`INSERT INTO main.agent_starts (tenant_id, generation, starts, lost) VALUES ($1, $2, 1, 0) ON CONFLICT (tenant_id)
		DO UPDATE SET starts = agent_starts.starts + 1, generation = excluded.generation WHERE agent_starts.generation <> excluded.generation`)
	qCountLoss      = area.Scoped(`UPDATE main.agent_starts SET lost = lost + 1, lost_at = $2 WHERE tenant_id = $1`)
	qDeleteProcess  = area.Scoped(`DELETE FROM main.agent_processes WHERE tenant_id = $1`)
	qSaveGatewayKey = area.Scoped(`INSERT INTO main.gateway_keys (tenant_id, generation, hash, created_at) VALUES ($1, $2, $3, $4)`)
	qOldGatewayKeys = area.Scoped(`DELETE FROM main.gateway_keys WHERE tenant_id = $1 AND generation NOT IN
		(SELECT generation FROM gateway_keys WHERE tenant_id = $1 ORDER BY created_at DESC, generation DESC LIMIT 4)`)
)

// Process reads the team's agent server and reports whether there is one.
func (s Scope) Process(ctx context.Context) (Process, bool, error) {
	return dbkernel.Maybe(ScanProcess)(s.Scope.Query(ctx, qProcess))
}

// SaveProcess stores the team's agent server in place of an earlier one, and counts its start once.
func (s Scope) SaveProcess(ctx context.Context, p Process) error {
	if _, err := s.Scope.Exec(ctx, qSaveProcess, p.PID, p.StartTime, p.Port, p.Password, p.Generation, p.Version, dbkernel.Millis(p.StartedAt)); err != nil {
		return dbkernel.Wrap("save process", err)
	}
	_, err := s.Scope.Exec(ctx, qCountStart, p.Generation)
	return dbkernel.Wrap("count the start", err)
}

// LoseProcess deletes the team's agent server, which ended unexpectedly, and counts the loss.
func (s Scope) LoseProcess(ctx context.Context, now time.Time) error {
	if _, err := s.Scope.Exec(ctx, qCountLoss, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("count the loss", err)
	}
	return s.DeleteProcess(ctx)
}

// DeleteProcess deletes the team's agent server, if there is one.
func (s Scope) DeleteProcess(ctx context.Context) error {
	_, err := s.Scope.Exec(ctx, qDeleteProcess)
	return dbkernel.Wrap("delete process", err)
}

// SaveGatewayKey stores the hash of a generation's key and deletes all but the newest four: a team may have two servers, and a server
// that is being replaced can finish its calls.
func (s Scope) SaveGatewayKey(ctx context.Context, generation, hash string, now time.Time) error {
	if _, err := s.Scope.Exec(ctx, qSaveGatewayKey, generation, hash, dbkernel.Millis(now)); err != nil {
		return dbkernel.Wrap("save gateway key", err)
	}
	_, err := s.Scope.Exec(ctx, qOldGatewayKeys)
	return dbkernel.Wrap("drop old gateway keys", err)
}

func (p *Process) dest() []any {
	return []any{&p.PID, &p.StartTime, &p.Port, &p.Password, &p.Generation, &p.Version, dbkernel.TimeDest(&p.StartedAt)}
}

// ScanProcess reads a process from ProcessColumns.
func ScanProcess(r dbkernel.Scanner) (p Process, err error) {
	err = r.Scan(p.dest()...)
	return p, err
}
