package console

import (
	"context"
	"fmt"

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
	// Head is the last seal. Noted elsewhere, it proves later that nothing up to here was removed.
	Head audit.Head
	// Lost entries were sealed with LostKey, which the operator gave up; they cannot be verified.
	Lost     int64
	LostKey  string
	Findings []string
}

// NotedHead is a head that somebody noted outside this server, of the log with a name.
type NotedHead struct {
	Name string
	audit.Head
}

// VerifyAudit checks the audit log of a team against its seals; for an empty slug, those of all teams and of the instance. It also
// checks that every noted head is still in its log.
func (a *Verbs) VerifyAudit(ctx context.Context, slug string, noted ...NotedHead) (reports []AuditReport, err error) {
	stored, state, err := a.headsToVerify(ctx)
	if err != nil {
		return nil, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		names, err := chainsToVerify(ctx, s, slug, stored)
		if err != nil {
			return err
		}
		for _, c := range names {
			r, err := a.verifyChain(ctx, s, c, stored[c.Chain], state)
			if err == nil {
				err = checkNoted(ctx, s, &r, noted)
			}
			if err != nil {
				return fmt.Errorf("verify the audit log of %s: %w", c.Name, err)
			}
			reports = append(reports, r)
		}
		return nil
	})
	return reports, err
}

// headsToVerify returns the heads outside the database. Read them before the database's, which are never older.
func (a *Verbs) headsToVerify(ctx context.Context) (map[string]audit.Mark, headsState, error) {
	if a.opts.AuditHeads == "" {
		return nil, headsNone, nil
	}
	database, err := a.k.Setting(ctx, databaseID)
	if err != nil {
		return nil, headsNone, err
	}
	a.sealing.Lock()
	defer a.sealing.Unlock()
	stored, state, _, err := a.readHeads(database)
	return stored, state, err
}

// checkNoted finds entries whose seal somebody noted and that are no longer there.
func checkNoted(ctx context.Context, s *dbkernel.System, r *AuditReport, noted []NotedHead) error {
	for _, h := range noted {
		if h.Name != r.Name {
			continue
		}
		if ok, err := isInChain(ctx, s, r.Chain, h.Head); err != nil {
			return err
		} else if !ok {
			r.Findings = append(r.Findings, fmt.Sprintf("Entry %d does not have the seal that was noted: the log and its heads were set back or written again.", h.N))
		}
	}
	return nil
}

func chainsToVerify(ctx context.Context, s *dbkernel.System, slug string, stored map[string]audit.Mark) (out []AuditReport, err error) {
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

func (a *Verbs) verifyChain(ctx context.Context, s *dbkernel.System, r AuditReport, outside audit.Mark, state headsState) (AuditReport, error) {
	mac := auditMAC(a.k.Keys, r.Chain)
	inside, err := s.AuditHead(ctx, r.Chain)
	if err != nil {
		return r, err
	}
	proven := inside.Proven(mac, r.Chain)
	v := audit.NewVerifier(mac, r.Chain, outside.Head)
	if lost := inside; proven || outside.Lost.N > 0 {
		if !proven {
			lost = outside
		}
		v.SkipLost(lost.Lost)
		r.Lost, r.LostKey = lost.Lost.N, lost.LostKey
	}
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
	r.Head, r.Findings = v.Last(), append(v.End(inside.Head), a.headFindings(r, state, proven || inside.Proof == "" && state.trustsUnproven())...)
	waiting, err := s.Unsealed(ctx, r.Chain, sealRows)
	if err != nil {
		return r, err
	}
	r.Unsealed = len(waiting)
	return r, nil
}

// headFindings are what is wrong with the heads of a log themselves.
func (a *Verbs) headFindings(r AuditReport, state headsState, proven bool) (out []string) {
	if !proven {
		out = append(out, "The head in the database was not stored by this server.")
	}
	switch {
	case r.Sealed == 0:
	case state == headsLost:
		out = append(out, "The head outside the database is missing, so entries that were deleted together with their head cannot be detected.")
	case state == headsForged:
		out = append(out, "The heads in "+a.opts.AuditHeads+" were not written by this server. Restore the file, or remove it after the logs were examined.")
	}
	return out
}
