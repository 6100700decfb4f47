package main

import (
	"fmt"
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// auditHeads is where the heads of the audit logs are kept outside of the database.
func auditHeads(s config.Settings) string { return filepath.Join(s.Data, "audit-heads.json") }

type auditCmd struct {
	Tenant string `placeholder:"S" help:"Only this team's log; all of them, and the instance's, when left out."`
}

// Run prints a line for each log and one for each finding. It fails when there is any.
func (v auditCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		reports, err := a.VerifyAudit(c.ctx, v.Tenant)
		if err != nil {
			return err
		}
		found := 0
		for _, r := range reports {
			fmt.Fprintf(c.io.out, "%s: %s\n", r.Name, inWords(r))
			for _, f := range r.Findings {
				fmt.Fprintf(c.io.out, "  %s\n", f)
			}
			found += len(r.Findings)
		}
		if found > 0 {
			return fault.New(fault.Conflict, "The audit logs are not as they were sealed.")
		}
		return nil
	})
}

func inWords(r app.AuditReport) string {
	words := fmt.Sprintf("%d sealed entries", r.Sealed)
	if len(r.Findings) == 0 {
		words += ", whole"
	}
	if r.Unsealed > 0 {
		words += fmt.Sprintf(", and %d not sealed yet", r.Unsealed)
	}
	return words
}
