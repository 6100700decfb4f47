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

// AuditReport is the result of verifying one chain.
type AuditReport struct {
	// Chain is a team's ID or "instance"; Name is the team's slug or "the instance".
	Chain, Name string
	Sealed      int64
	Unsealed    int
	Findings    []string
}

// VerifyAudit checks the audit log of a team against its seals; for an empty slug, those of all teams and of the instance.
func (a *Verbs) VerifyAudit(ctx context.Context, slug string) (reports []AuditReport, err error) {
	stored, lost, err := a.headsToVerify()
	if err != nil {
		return nil, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		names, err := chainsToVerify(ctx, s, slug, stored)
		if err != nil {
			return err
		}
		for _, c := range names {
			r, err := a.verifyChain(ctx, s, c, stored[c.Chain])
			if err != nil {
				return fmt.Errorf("verify the audit log of %s: %w", c.Name, err)
			}
			if lost && r.Sealed > 0 {
				r.Findings = append(r.Findings, "The head outside the database is missing, so entries that were deleted together with their head cannot be detected.")
			}
			reports = append(reports, r)
		}
		return nil
	})
	return reports, err
}

// headsToVerify returns the stored heads. Read them before the database's, which are never older. lost is true if the file is missing.
func (a *Verbs) headsToVerify() (stored map[string]audit.Head, lost bool, err error) {
	if a.opts.AuditHeads == "" {
		return nil, false, nil
	}
	stored, err = readHeads(a.opts.AuditHeads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	return stored, false, err
}

func chainsToVerify(ctx context.Context, s *dbkernel.System, slug string, stored map[string]audit.Head) (out []AuditReport, err error) {
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
	for chain := range stored {
		chains = append(chains, chain) // a chain that was deleted completely has only a stored head
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
