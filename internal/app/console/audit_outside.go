package console

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

// proveHeads gives the heads of a database from before proofs were stored their proof, once: as long as nothing outside the database
// says that they had one, and only those that agree with what is outside.
func (a *Verbs) proveHeads(ctx context.Context, out outside) error {
	if !out.state.trustsUnproven() {
		return nil
	}
	return a.k.DB.System(ctx, func(s *dbkernel.System) error {
		heads, err := s.AuditHeads(ctx)
		if err != nil {
			return err
		}
		for chain, mark := range heads {
			if mark.Proof != "" || mark.N == 0 {
				continue
			}
			if ok, err := isInChain(ctx, s, chain, out.marks[chain].Head); err != nil {
				return err
			} else if !ok {
				a.logMismatch(chain)
				continue
			}
			locked, err := s.LockAuditHead(ctx, chain)
			if err == nil && locked.Proof == "" {
				err = s.SetAuditHead(ctx, chain, locked.Prove(auditMAC(a.k.Keys, chain), chain))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// storeHeads updates the heads outside the database to those inside. It does not update a head whose entry is no longer in its chain,
// nor to one without a proof, so that verification finds the mismatch.
func (a *Verbs) storeHeads(ctx context.Context, out outside) error {
	if out.marks == nil {
		return nil
	}
	err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		heads, err := s.AuditHeads(ctx)
		if err != nil {
			return err
		}
		for chain, mark := range heads {
			if out.marks[chain] == mark {
				continue
			}
			ok, err := isInChain(ctx, s, chain, out.marks[chain].Head)
			if err != nil {
				return err
			}
			if !ok || !mark.Proven(auditMAC(a.k.Keys, chain), chain) {
				a.logMismatch(chain)
				continue
			}
			out.marks[chain], out.dirty = mark, true
		}
		return nil
	})
	if err != nil || !out.dirty {
		return err
	}
	return a.writeHeads(out.database, out.marks)
}

// isInChain reports whether a chain has the entry of a head.
func isInChain(ctx context.Context, s *dbkernel.System, chain string, h audit.Head) (bool, error) {
	if h.N == 0 {
		return true, nil
	}
	mac, err := s.SealAt(ctx, chain, h.N)
	return mac == h.Mac, err
}

// logMismatch logs once per chain, or for the file with the heads, that it does not match.
func (a *Verbs) logMismatch(chain string) {
	if _, logged := a.doubted.LoadOrStore(chain, true); !logged {
		a.k.Log.Error("an audit log does not match its head: run 'orchestrator audit verify'", "chain", chain)
	}
}
