package kernel

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

const (
	reasonSealing = "one loop seals the audit logs of the instance and of all teams"
	headColumns   = `n, mac, lost_n, lost_mac, lost_key, proof`
)

// sealStatements read and seal one chain. The entries of teams are in audit, those of the instance in instance_audit.
type sealStatements struct{ unsealed, seal, sealed CrossTenantStmt }

var (
	qTeamSeals = sealStatements{
		unsealed: area.CrossTenant(reasonSealing, `SELECT `+AuditColumns+`, 0, '' FROM audit WHERE tenant_id = $1 AND n IS NULL ORDER BY id LIMIT $2`),
		seal:     area.CrossTenant(reasonSealing, `UPDATE main.audit SET n = $3, mac = $4 WHERE tenant_id = $1 AND id = $2 AND n IS NULL`),
		sealed:   area.CrossTenant(reasonSealing, `SELECT `+AuditColumns+`, n, coalesce(mac, '') FROM audit WHERE tenant_id = $1 AND n > $2 ORDER BY n, id LIMIT $3`)}
	qInstanceSeals = sealStatements{
		unsealed: area.CrossTenant(reasonSealing, `SELECT `+AuditColumns+`, 0, '' FROM instance_audit WHERE $1 = 'instance' AND n IS NULL ORDER BY id LIMIT $2`),
		seal:     area.CrossTenant(reasonSealing, `UPDATE main.instance_audit SET n = $3, mac = $4 WHERE $1 = 'instance' AND id = $2 AND n IS NULL`),
		sealed:   area.CrossTenant(reasonSealing, `SELECT `+AuditColumns+`, n, coalesce(mac, '') FROM instance_audit WHERE $1 = 'instance' AND n > $2 ORDER BY n, id LIMIT $3`)}

	qUnsealed = area.CrossTenant(reasonSealing, `SELECT t.id FROM tenants t WHERE EXISTS (SELECT 1 FROM audit a WHERE a.tenant_id = t.id AND a.n IS NULL)
		UNION ALL SELECT 'instance' WHERE EXISTS (SELECT 1 FROM instance_audit WHERE n IS NULL)`)
	qChains  = area.CrossTenant(reasonSealing, `SELECT chain FROM audit_heads UNION SELECT DISTINCT tenant_id FROM audit UNION SELECT 'instance' ORDER BY 1`)
	qHeads   = area.CrossTenant(reasonSealing, `SELECT chain, `+headColumns+` FROM audit_heads`)
	qAddHead = area.CrossTenant(reasonSealing, `INSERT INTO main.audit_heads (chain, n, mac) VALUES ($1, 0, '') ON CONFLICT (chain) DO NOTHING`)
	qHead    = area.CrossTenant(reasonSealing, `SELECT `+headColumns+` FROM audit_heads WHERE chain = $1`)
	// Two servers on one database seal one after another.
	qLockHead = area.CrossTenantLocked(reasonSealing, `SELECT `+headColumns+` FROM audit_heads WHERE chain = $1`, `FOR UPDATE`)
	qSetHead  = area.CrossTenant(reasonSealing, `UPDATE main.audit_heads SET n = $2, mac = $3, lost_n = $4, lost_mac = $5, lost_key = $6, proof = $7 WHERE chain = $1`)
	qSealAt   = area.CrossTenant(reasonSealing, `SELECT mac FROM audit WHERE tenant_id = $1 AND n = $2 UNION ALL SELECT mac FROM instance_audit WHERE $1 = 'instance' AND n = $2`)
)

func sealsOf(chain string) sealStatements {
	if chain == audit.Instance {
		return qInstanceSeals
	}
	return qTeamSeals
}

// UnsealedChains lists the chains that have entries without a seal.
func (s *System) UnsealedChains(ctx context.Context) ([]string, error) {
	cs, err := Collect(Value[string])(s.Query(ctx, qUnsealed))
	return cs, Wrap("find unsealed entries", err)
}

// AuditChains lists every chain that has or had entries, and always the instance's.
func (s *System) AuditChains(ctx context.Context) ([]string, error) {
	cs, err := Collect(Value[string])(s.Query(ctx, qChains))
	return cs, Wrap("list audit chains", err)
}

// Unsealed reads at most limit entries of a chain that have no seal yet, in the order in which to seal them.
func (s *System) Unsealed(ctx context.Context, chain string, limit int) ([]Audit, error) {
	es, err := Collect(ScanAudit)(s.Query(ctx, sealsOf(chain).unsealed, chain, limit))
	return es, Wrap("read unsealed entries", err)
}

// Seal stores the number and the seal of an entry that has none; Missing if it has one.
func (s *System) Seal(ctx context.Context, chain, id string, h audit.Head) error {
	return Wrap("seal audit entry", s.ExecOne(ctx, "audit entry", sealsOf(chain).seal, chain, id, h.N, h.Mac))
}

// Sealed reads at most limit sealed entries of a chain after a number, in order.
func (s *System) Sealed(ctx context.Context, chain string, after int64, limit int) ([]Audit, error) {
	es, err := Collect(ScanAudit)(s.Query(ctx, sealsOf(chain).sealed, chain, after, limit))
	return es, Wrap("read sealed entries", err)
}

// SealAt reads the seal with a number in a chain; it is empty if there is none.
func (s *System) SealAt(ctx context.Context, chain string, n int64) (string, error) {
	mac, _, err := Maybe(Value[string])(s.Query(ctx, qSealAt, chain, n))
	return mac, Wrap("read a seal", err)
}

// LockAuditHead reads a chain's head and locks it, so that nobody else seals the chain before the transaction ends.
func (s *System) LockAuditHead(ctx context.Context, chain string) (audit.Mark, error) {
	if _, err := s.Exec(ctx, qAddHead, chain); err != nil {
		return audit.Mark{}, Wrap("create audit chain", err)
	}
	return First("audit head", scanHead)(s.Query(ctx, qLockHead, chain))
}

// AuditHead reads a chain's head; it is the zero Mark if nothing was ever sealed.
func (s *System) AuditHead(ctx context.Context, chain string) (audit.Mark, error) {
	h, _, err := Maybe(scanHead)(s.Query(ctx, qHead, chain))
	return h, Wrap("read audit head", err)
}

// SetAuditHead replaces a chain's head, which LockAuditHead created.
func (s *System) SetAuditHead(ctx context.Context, chain string, m audit.Mark) error {
	return Wrap("store audit head", s.ExecOne(ctx, "audit head", qSetHead, chain, m.N, m.Mac, m.Lost.N, m.Lost.Mac, m.LostKey, m.Proof))
}

// AuditHeads reads the heads of all chains, by chain.
func (s *System) AuditHeads(ctx context.Context) (map[string]audit.Mark, error) {
	out := map[string]audit.Mark{}
	_, err := Collect(func(r Scanner) (struct{}, error) {
		var chain string
		var m audit.Mark
		err := r.Scan(append([]any{&chain}, markDest(&m)...)...)
		out[chain] = m
		return struct{}{}, err
	})(s.Query(ctx, qHeads))
	return out, Wrap("read audit heads", err)
}

func scanHead(r Scanner) (m audit.Mark, err error) {
	err = r.Scan(markDest(&m)...)
	return m, err
}

func markDest(m *audit.Mark) []any {
	return []any{&m.N, &m.Mac, &m.Lost.N, &m.Lost.Mac, &m.LostKey, &m.Proof}
}
