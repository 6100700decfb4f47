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

// auditMAC returns the function that authenticates the entries of a chain.
func (a *Verbs) auditMAC(chain string) audit.MAC {
	return func(data []byte) []byte { return a.k.Keys.HMAC("audit|"+chain, data) }
}

// SealAudit writes the counted refusals, seals every entry that has no seal, and stores the heads outside the database. It may be
// interrupted and run again; an entry is sealed once.
func (a *Verbs) SealAudit(ctx context.Context) error {
	a.sealing.Lock()
	defer a.sealing.Unlock()
	a.k.WriteRefusals(ctx, false)
	stored, err := a.storedHeads(ctx)
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
	return a.storeHeads(ctx, stored)
}

// FinishAudit is SealAudit for the shutdown of a server: it also writes the refusals of the current minute.
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

// storedHeads returns the heads that are stored outside the database. If the file is missing although entries were sealed, it writes
// that to the audit log.
func (a *Verbs) storedHeads(ctx context.Context) (map[string]audit.Head, error) {
	if a.opts.AuditHeads == "" {
		return nil, nil
	}
	stored, err := readHeads(a.opts.AuditHeads)
	if !errors.Is(err, fs.ErrNotExist) {
		return stored, err
	}
	return map[string]audit.Head{}, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		heads, err := s.AuditHeads(ctx)
		if err != nil || len(heads) == 0 {
			return err
		}
		a.k.Log.Error("the file with the heads of the audit logs was missing and is written again", "file", a.opts.AuditHeads)
		return a.k.AuditInstance(ctx, s, "renew_audit_heads", "", "the file with the heads was missing")
	})
}

// storeHeads updates the stored heads to those of the database. It does not update a head that is no longer in its chain, so that
// verification finds the mismatch.
func (a *Verbs) storeHeads(ctx context.Context, stored map[string]audit.Head) error {
	if stored == nil {
		return nil
	}
	moved := false
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		heads, err := s.AuditHeads(ctx)
		if err != nil {
			return err
		}
		for chain, head := range heads {
			if stored[chain] == head {
				continue
			}
			if ok, err := isInChain(ctx, s, chain, stored[chain]); err != nil {
				return err
			} else if !ok {
				a.logMismatch(chain)
				continue
			}
			stored[chain], moved = head, true
		}
		return nil
	})
	if err != nil || !moved {
		return err
	}
	return writeHeads(a.opts.AuditHeads, stored)
}

// isInChain reports whether a chain has the entry of a head.
func isInChain(ctx context.Context, s *dbkernel.System, chain string, h audit.Head) (bool, error) {
	if h.N == 0 {
		return true, nil
	}
	mac, err := s.SealAt(ctx, chain, h.N)
	return mac == h.Mac, err
}

// logMismatch logs once per chain that it does not match its stored head.
func (a *Verbs) logMismatch(chain string) {
	if _, logged := a.doubted.LoadOrStore(chain, true); !logged {
		a.k.Log.Error("an audit log does not match its head outside the database: run 'orchestrator audit verify'", "chain", chain)
	}
}
