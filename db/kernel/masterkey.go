package kernel

import "context"

const reasonKeys = "the master keys belong to the instance, not to a team"

var (
	qMasterKeys = area.CrossTenant(reasonKeys, `SELECT root, id, check_value FROM master_keys ORDER BY root DESC, noted_at, id`)
	qNoteKey    = area.CrossTenant(reasonKeys, `INSERT INTO main.master_keys (root, id, check_value, noted_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (root, id) DO UPDATE SET check_value = excluded.check_value`)
	qForgetKey = area.CrossTenant(reasonKeys, `DELETE FROM main.master_keys WHERE root = $1 AND id = $2`)
	qSealCount = area.CrossTenant(reasonKeys, `SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM audit_heads`)
)

// MasterKey is the check value of a master key. Root marks the key that audit seals derive from; the others decrypt secrets.
type MasterKey struct {
	Root      bool
	ID, Check string
}

// MasterKeys reads the check values that were noted, the root first.
func (s *System) MasterKeys(ctx context.Context) ([]MasterKey, error) {
	ks, err := Collect(func(r Scanner) (k MasterKey, err error) {
		var root int64
		err = r.Scan(&root, &k.ID, &k.Check)
		k.Root = root != 0
		return k, err
	})(s.Query(ctx, qMasterKeys))
	return ks, Wrap("read the check values of the master keys", err)
}

// NoteMasterKey stores a check value in place of an earlier one of the same key.
func (s *System) NoteMasterKey(ctx context.Context, k MasterKey) error {
	_, err := s.Exec(ctx, qNoteKey, Bit(k.Root), k.ID, k.Check, Millis(s.Now()))
	return Wrap("note a master key", err)
}

// ForgetMasterKey removes a check value; it is no error if there is none.
func (s *System) ForgetMasterKey(ctx context.Context, k MasterKey) error {
	_, err := s.Exec(ctx, qForgetKey, Bit(k.Root), k.ID)
	return Wrap("forget a master key", err)
}

// AuditSeals counts the sealed entries of all audit logs, by their heads.
func (s *System) AuditSeals(ctx context.Context) (int64, error) {
	return First("count", Value[int64])(s.Query(ctx, qSealCount))
}
