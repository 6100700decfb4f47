package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// auditHeads is the file that keeps the newest seal of each audit log outside the database and the data directory: by default beside
// the key file, where whoever can write the data cannot write.
func auditHeads(s config.Settings) string {
	if s.AuditHeads != "" {
		return s.AuditHeads
	}
	return s.KeyFile + ".audit-heads.json"
}

// auditNote is the file in the data directory that says where the heads are. Earlier versions kept the heads there.
func auditNote(s config.Settings) string { return filepath.Join(s.Data, "audit-heads.json") }

type auditCmd struct {
	Tenant string `placeholder:"SLUG" help:"Check only this team's log. Default: the logs of all teams and of the instance."`
	Noted  string `placeholder:"FILE" type:"existingfile" help:"File with an earlier output of this command, stored elsewhere. Finds logs that were set back together with their heads."`
}

// Run prints a line for each log and a line for each finding. It fails if there are findings.
func (v auditCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		noted, err := readNoted(v.Noted)
		if err != nil {
			return err
		}
		reports, err := a.Console.VerifyAudit(c.ctx, v.Tenant, noted...)
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

// notedHead is a line of summarizeAudit with a head.
var notedHead = regexp.MustCompile(`(?m)^([^\s:][^:\n]*): .*\bhead (\d+):([0-9a-f]{64})$`)

// readNoted reads the heads from an earlier output; without a file there are none.
func readNoted(path string) (heads []appconsole.NotedHead, err error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for _, m := range notedHead.FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil {
			return nil, fault.New(fault.Invalid, "%s contains a head with the number %s, which is not valid.", path, m[2])
		}
		heads = append(heads, appconsole.NotedHead{Name: m[1], Head: audit.Head{N: n, Mac: m[3]}})
	}
	if len(heads) == 0 {
		return nil, fault.New(fault.Invalid, "%s contains no heads. It must be an output of 'orchestrator audit verify'.", path)
	}
	return heads, nil
}

func summarizeAudit(r appconsole.AuditReport) string {
	summary := fmt.Sprintf("%d sealed entries", r.Sealed)
	if r.Sealed == 1 {
		summary = "1 sealed entry"
	}
	if len(r.Findings) == 0 {
		summary += ", intact"
	}
	if r.Lost > 0 {
		summary += fmt.Sprintf(", %d of them sealed with the lost key %s, which cannot be verified", r.Lost, r.LostKey)
	}
	if r.Unsealed > 0 {
		summary += fmt.Sprintf(", %d not yet sealed", r.Unsealed)
	}
	if r.Sealed > 0 {
		summary += fmt.Sprintf(", head %d:%s", r.Head.N, r.Head.Mac)
	}
	return summary
}
