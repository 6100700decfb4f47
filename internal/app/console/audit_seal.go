package console

import (
	"context"
	"errors"
	"io/fs"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

// sealRows is how many entries one transaction seals.
const sealRows = 500

// auditMAC authenticates the entries of a chain with a key of its own.
func (a *Verbs) auditMAC(chain string) audit.MAC {
	return func(data []byte) []byte { return a.k.Keys.HMAC("audit|"+chain, data) }
}

// SealAudit tells what was refused often, seals every entry that has no seal yet and keeps the heads outside of the database.
// It may be ended anywhere and run again: an entry is sealed once.
func (a *Verbs) SealAudit(ctx context.Context) error {
	a.sealing.Lock()
	defer a.sealing.Unlock()
	a.k.WriteRefusals(ctx, false)
	known, err := a.knownHeads(ctx)
	if err != nil {
		return err
	}
	var chains []string
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { chains, err = s.UnsealedChains(ctx); return err })
	if err != nil {
		return err
	}
	for _, c := range chains {
		for n := sealRows; n >= sealRows && ctx.Err() == nil; {
			if n, err = a.sealSome(ctx, c); err != nil {
				return err
			}
		}
	}
	return a.keepHeads(ctx, known)
}

// FinishAudit is SealAudit at the end of a server: it also tells of the minute that has not ended.
func (a *Verbs) FinishAudit(ctx context.Context) error {
	a.k.WriteRefusals(ctx, true)
	return a.SealAudit(ctx)
}

func (a *Verbs) sealSome(ctx context.Context, chain string) (n int, err error) {
	mac := a.auditMAC(chain)
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error {
		head, err := s.LockAuditHead(ctx, chain)
		if err != nil {
			return err
		}
		es, err := s.Unsealed(ctx, chain, sealRows)
		if err != nil {
			return err
		}
		for _, e := range es {
			head = audit.Seal(mac, chain, head, e)
			if err := s.Seal(ctx, chain, e.ID, head); err != nil {
				return err
			}
		}
		n = len(es)
		return s.SetAuditHead(ctx, chain, head)
	})
	return n, err
}

// knownHeads reads the heads that are kept outside. Where they are gone although something was sealed, that is written down.
func (a *Verbs) knownHeads(ctx context.Context) (map[string]audit.Head, error) {
	if a.opts.AuditHeads == "" {
		return nil, nil
	}
	known, err := readHeads(a.opts.AuditHeads)
	if !errors.Is(err, fs.ErrNotExist) {
		return known, err
	}
	return map[string]audit.Head{}, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		heads, err := s.AuditHeads(ctx)
		if err != nil || len(heads) == 0 {
			return err
		}
		a.k.Log.Error("the heads of the audit logs were gone and are written anew", "file", a.opts.AuditHeads)
		return a.k.AuditInstance(ctx, s, "renew_audit_heads", "", "the file with the heads was gone")
	})
}

// keepHeads moves the heads outside to those of the database, but never past a doubt: a head that no longer stands in its chain
// is kept as it is, so that verifying finds it.
func (a *Verbs) keepHeads(ctx context.Context, known map[string]audit.Head) error {
	if known == nil {
		return nil
	}
	moved := false
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		heads, err := s.AuditHeads(ctx)
		if err != nil {
			return err
		}
		for chain, head := range heads {
			if known[chain] == head {
				continue
			}
			if ok, err := stands(ctx, s, chain, known[chain]); err != nil {
				return err
			} else if !ok {
				a.doubt(chain)
				continue
			}
			known[chain], moved = head, true
		}
		return nil
	})
	if err != nil || !moved {
		return err
	}
	return writeHeads(a.opts.AuditHeads, known)
}

func stands(ctx context.Context, s *dbkernel.System, chain string, h audit.Head) (bool, error) {
	if h.N == 0 {
		return true, nil
	}
	mac, err := s.SealAt(ctx, chain, h.N)
	return mac == h.Mac, err
}

// doubt says once per chain that its log does not hold what is known of it.
func (a *Verbs) doubt(chain string) {
	if _, told := a.doubted.LoadOrStore(chain, true); !told {
		a.k.Log.Error("an audit log does not hold what is known of it outside of the database: run orchestrator audit verify", "chain", chain)
	}
}
