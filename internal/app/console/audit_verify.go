package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

// AuditReport is what verifying found in one chain.
type AuditReport struct {
	// Chain is a team's id or "instance"; Name is how people call it.
	Chain, Name string
	Sealed      int64
	Unsealed    int
	Findings    []string
}

// VerifyAudit holds the audit log of a team by its slug, or for "" those of all and of the instance, against their seals.
func (a *Verbs) VerifyAudit(ctx context.Context, slug string) (reports []AuditReport, err error) {
	known, lost, err := a.headsToVerify()
	if err != nil {
		return nil, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
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
func (a *Verbs) headsToVerify() (known map[string]audit.Head, lost bool, err error) {
	if a.opts.AuditHeads == "" {
		return nil, false, nil
	}
	known, err = readHeads(a.opts.AuditHeads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	return known, false, err
}

func chainsToVerify(ctx context.Context, s *dbkernel.System, slug string, known map[string]audit.Head) (out []AuditReport, err error) {
	if slug != "" {
		t, err := dbpeople.Across(s).TenantBySlug(ctx, slug)
		return []AuditReport{{Chain: string(t.ID), Name: slug}}, err
	}
	chains, err := s.AuditChains(ctx)
	if err != nil {
		return nil, err
	}
	teams, err := dbpeople.Across(s).Tenants(ctx)
	if err != nil {
		return nil, err
	}
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
	return out, nil
}

func (a *Verbs) verifyChain(ctx context.Context, s *dbkernel.System, r AuditReport, outside audit.Head) (AuditReport, error) {
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
	if err != nil {
		return r, err
	}
	r.Unsealed = len(waiting)
	return r, nil
}
