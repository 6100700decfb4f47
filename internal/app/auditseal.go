package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/internal/audit"
)

// sealRows is how many entries one transaction seals.
const sealRows = 500

// auditMAC authenticates the entries of a chain with a key of its own.
func (a *App) auditMAC(chain string) audit.MAC {
	return func(data []byte) []byte { return a.keys.HMAC("audit|"+chain, data) }
}

// SealAudit tells what was refused often, seals every entry that has no seal yet and keeps the heads outside of the database.
// It may be ended anywhere and run again: an entry is sealed once.
func (a *App) SealAudit(ctx context.Context) error {
	a.sealing.Lock()
	defer a.sealing.Unlock()
	a.tellRefusals(ctx, false)
	known, err := a.knownHeads(ctx)
	if err != nil {
		return err
	}
	var chains []string
	err = a.db.SystemView(ctx, func(s *db.System) error { chains, err = s.UnsealedChains(ctx); return err })
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
func (a *App) FinishAudit(ctx context.Context) error {
	a.tellRefusals(ctx, true)
	return a.SealAudit(ctx)
}

func (a *App) sealSome(ctx context.Context, chain string) (n int, err error) {
	mac := a.auditMAC(chain)
	return n, a.db.System(ctx, func(s *db.System) error {
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
}

// knownHeads reads the heads that are kept outside. Where they are gone although something was sealed, that is written down.
func (a *App) knownHeads(ctx context.Context) (map[string]audit.Head, error) {
	if a.opts.AuditHeads == "" {
		return nil, nil
	}
	known, err := readHeads(a.opts.AuditHeads)
	if !errors.Is(err, fs.ErrNotExist) {
		return known, err
	}
	return map[string]audit.Head{}, a.db.System(ctx, func(s *db.System) error {
		heads, err := s.AuditHeads(ctx)
		if err != nil || len(heads) == 0 {
			return err
		}
		a.log.Error("the heads of the audit logs were gone and are written anew", "file", a.opts.AuditHeads)
		return a.auditInstance(ctx, s, "renew_audit_heads", "", "the file with the heads was gone")
	})
}

// keepHeads moves the heads outside to those of the database, but never past a doubt: a head that no longer stands in its chain
// is kept as it is, so that verifying finds it.
func (a *App) keepHeads(ctx context.Context, known map[string]audit.Head) error {
	if known == nil {
		return nil
	}
	moved := false
	err := a.db.SystemView(ctx, func(s *db.System) error {
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

func stands(ctx context.Context, s *db.System, chain string, h audit.Head) (bool, error) {
	if h.N == 0 {
		return true, nil
	}
	mac, err := s.SealAt(ctx, chain, h.N)
	return mac == h.Mac, err
}

// doubt says once per chain that its log does not hold what is known of it.
func (a *App) doubt(chain string) {
	if _, told := a.doubted.LoadOrStore(chain, true); !told {
		a.log.Error("an audit log does not hold what is known of it outside of the database: run orchestrator audit verify", "chain", chain)
	}
}

// AuditReport is what verifying found in one chain.
type AuditReport struct {
	// Chain is a team's id or "instance"; Name is how people call it.
	Chain, Name string
	Sealed      int64
	Unsealed    int
	Findings    []string
}

// VerifyAudit holds the audit log of a team by its slug, or for "" those of all and of the instance, against their seals.
func (a *App) VerifyAudit(ctx context.Context, slug string) (reports []AuditReport, err error) {
	known, lost, err := a.headsToVerify()
	if err != nil {
		return nil, err
	}
	err = a.db.SystemView(ctx, func(s *db.System) error {
		names, err := chainsToVerify(ctx, s, slug, known)
		if err != nil {
			return err
		}
		for _, c := range names {
			r, err := a.verifyChain(ctx, s, c, known[c.Chain])
			if err != nil {
				return fmt.Errorf("verify the audit log of %s: %w", c.Name, err)
			}
			if lost && r.Sealed > 0 {
				r.Findings = append(r.Findings, "The head outside of the database is gone: entries that were cut off with their head cannot be found.")
			}
			reports = append(reports, r)
		}
		return nil
	})
	return reports, err
}

// headsToVerify are read before the database's: those are never behind. lost says that the file should be there and is not.
func (a *App) headsToVerify() (known map[string]audit.Head, lost bool, err error) {
	if a.opts.AuditHeads == "" {
		return nil, false, nil
	}
	known, err = readHeads(a.opts.AuditHeads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	return known, false, err
}

func chainsToVerify(ctx context.Context, s *db.System, slug string, known map[string]audit.Head) (out []AuditReport, err error) {
	if slug != "" {
		t, err := s.TenantBySlug(ctx, slug)
		return []AuditReport{{Chain: string(t.ID), Name: slug}}, err
	}
	chains, err := s.AuditChains(ctx)
	if err != nil {
		return nil, err
	}
	teams, err := s.Tenants(ctx)
	names := map[string]string{audit.Instance: "the instance"}
	for _, t := range teams {
		names[string(t.ID)] = t.Slug
	}
	seen := map[string]bool{}
	for chain := range known {
		chains = append(chains, chain) // one that is gone as a whole is known outside only
	}
	for _, c := range chains {
		if name := names[c]; !seen[c] {
			if name == "" {
				name = c
			}
			out, seen[c] = append(out, AuditReport{Chain: c, Name: name}), true
		}
	}
	return out, err
}

func (a *App) verifyChain(ctx context.Context, s *db.System, r AuditReport, outside audit.Head) (AuditReport, error) {
	v := audit.NewVerifier(a.auditMAC(r.Chain), r.Chain, outside)
	for after, more := int64(0), true; more; {
		es, err := s.Sealed(ctx, r.Chain, after, sealRows)
		if err != nil {
			return r, err
		}
		for _, e := range es {
			v.Next(e)
			after, r.Sealed = e.N, r.Sealed+1
		}
		more = len(es) == sealRows
	}
	inside, err := s.AuditHead(ctx, r.Chain)
	if err != nil {
		return r, err
	}
	r.Findings = v.End(inside)
	waiting, err := s.Unsealed(ctx, r.Chain, sealRows)
	r.Unsealed = len(waiting)
	return r, err
}
