package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

const versionColumns = `v.version, v.digest, v.spec, v.grown, v.changelog, v.saved_at, v.saved_by, v.saved_by_name`

var (
	qAddVersion = area.Scoped(`INSERT INTO main.agent_versions (tenant_id, agent_id, version, n, digest, spec, grown, changelog, saved_at, saved_by, saved_by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
	qLastVersion = area.Scoped(`SELECT coalesce(max(n), 0) FROM agent_versions WHERE tenant_id = $1 AND agent_id = $2`)
	qSetVersion  = area.Scoped(`UPDATE main.agents SET version = $4, agent_type = $5, capabilities = $6, avoided = $7, model = $8, max_places = $9, changed_at = $10, row_n = row_n + 1
		WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL`)
	// A session keeps the version of an agent that has been deleted.
	qVersion  = area.Scoped(`SELECT ` + versionColumns + ` FROM agent_versions v WHERE v.tenant_id = $1 AND v.agent_id = $2 AND v.version = $3`)
	qVersions = area.Scoped(`SELECT ` + versionColumns + ` FROM agent_versions v JOIN agents a ON a.tenant_id = v.tenant_id AND a.id = v.agent_id AND a.deleted_at IS NULL
		WHERE v.tenant_id = $1 AND v.agent_id = $2 ORDER BY v.n DESC LIMIT $3`)
)

func (s Scope) addVersion(ctx context.Context, id agent.ID, v agent.Version) error {
	spec, err1 := json.Marshal(v.Spec)
	grown, err2 := json.Marshal(v.Grown)
	if err := errors.Join(err1, err2); err != nil {
		return dbkernel.Wrap("encode a version", err)
	}
	last, err := dbkernel.First("agent", dbkernel.Value[int64])(s.Scope.Query(ctx, qLastVersion, id))
	if err != nil {
		return err
	}
	_, err = s.Scope.Exec(ctx, qAddVersion, id, v.Number.String(), last+1, v.Digest, string(spec), string(grown), v.Changelog, dbkernel.Millis(v.SavedAt), v.SavedBy, v.SavedName)
	return dbkernel.Wrap("store version", err)
}

// AddVersion stores the next version of an agent whose newest is still from; Conflict if somebody else saved one first.
func (s Scope) AddVersion(ctx context.Context, id agent.ID, from agent.Number, v agent.Version) error {
	n, err := s.Scope.Exec(ctx, qSetVersion, id, from.String(), v.Number.String(), v.Spec.Type, listText(v.Spec.Capabilities), dbkernel.ListText(v.Spec.Avoided), v.Spec.Model, v.Spec.Places,
		dbkernel.Millis(v.SavedAt))
	if err != nil {
		return dbkernel.Wrap("set version", err)
	}
	if err := s.oneOrConflict(ctx, id, n); err != nil {
		return err
	}
	return s.addVersion(ctx, id, v)
}

// Version reads a version of an agent, which may be deleted.
func (s Scope) Version(ctx context.Context, id agent.ID, n agent.Number) (agent.Version, error) {
	return dbkernel.First("version", scanVersion)(s.Scope.Query(ctx, qVersion, id, n.String()))
}

// Versions lists the versions of an agent, newest first.
func (s Scope) Versions(ctx context.Context, id agent.ID, limit int) ([]agent.Version, error) {
	return dbkernel.Collect(scanVersion)(s.Scope.Query(ctx, qVersions, id, limit))
}

type versionRow struct {
	v                   agent.Version
	number, spec, grown string
	savedAt             time.Time
}

func (r *versionRow) dest() []any {
	return []any{&r.number, &r.v.Digest, &r.spec, &r.grown, &r.v.Changelog, dbkernel.TimeDest(&r.savedAt), &r.v.SavedBy, &r.v.SavedName}
}

func (r *versionRow) noun() (v agent.Version, err error) {
	v = r.v
	v.SavedAt = r.savedAt
	var ok bool
	if v.Number, ok = agent.ParseNumber(r.number); !ok {
		return v, fmt.Errorf("the version %q of an agent is not readable", r.number)
	}
	err = errors.Join(json.Unmarshal([]byte(r.spec), &v.Spec), json.Unmarshal([]byte(r.grown), &v.Grown))
	return v, dbkernel.Wrap("decode a version", err)
}

func scanVersion(r dbkernel.Scanner) (agent.Version, error) {
	var row versionRow
	if err := r.Scan(row.dest()...); err != nil {
		return row.v, err
	}
	return row.noun()
}
