package main

import (
	"fmt"
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// auditHeads is the file outside the database that keeps the newest seal of each audit log.
func auditHeads(s config.Settings) string { return filepath.Join(s.Data, "audit-heads.json") }

type auditCmd struct {
	Tenant string `placeholder:"SLUG" help:"Check only this team's log. Default: the logs of all teams and of the instance."`
}

// Run prints a line for each log and a line for each finding. It fails if there are findings.
func (v auditCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		reports, err := a.Console.VerifyAudit(c.ctx, v.Tenant)
		if err != nil {
			return err
		}
		found := 0
		for _, r := range reports {
			fmt.Fprintf(c.io.out, "%s: %s\n", r.Name, summarizeAudit(r))
			for _, f := range r.Findings {
				fmt.Fprintf(c.io.out, "  %s\n", f)
			}
			found += len(r.Findings)
		}
		if found > 0 {
			return fault.New(fault.Conflict, "The audit logs were modified after they were sealed. See the findings above.")
		}
		return nil
	})
}

func summarizeAudit(r appconsole.AuditReport) string {
	summary := fmt.Sprintf("%d sealed entries", r.Sealed)
	if r.Sealed == 1 {
		summary = "1 sealed entry"
	}
	if len(r.Findings) == 0 {
		summary += ", intact"
	}
	if r.Unsealed > 0 {
		summary += fmt.Sprintf(", %d not yet sealed", r.Unsealed)
	}
	return summary
}
