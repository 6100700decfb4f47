package remote

import (
	"fmt"
	"io"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

type sessionOutcomesCmd struct{ theSession }

// Run prints a row for each attempt that has ended.
func (o *sessionOutcomesCmd) Run(s *shell) error {
	c, v, err := o.find(s)
	if err != nil {
		return err
	}
	all, err := c.Outcomes(s.ctx, v.ID)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Outcome{}, all...), s.printOutcomes)
}

func (s *shell) printOutcomes(all []client.Outcome) error {
	if len(all) == 0 {
		_, err := io.WriteString(s.Out, "No attempt has ended.\n")
		return err
	}
	rows := make([][]string, len(all))
	for i, o := range all {
		rows[i] = []string{fmt.Sprint(o.Attempt), session.Status(o.Status).Word(), checksWord(o.Checks), changesWord(o.FilesChanged, o.Additions, o.Deletions), deniedWord(o), takenWord(o),
			moment(o.EndedAt), text.Money(o.CostMicroUSD)}
	}
	return s.printTable([]string{"ATTEMPT", "STATUS", "CHECKS", "CHANGES", "DENIED", "WORK", "ENDED", "COST"}, rows)
}

// checksWord is the result of checks in a cell of a table.
func checksWord(c client.CheckCounts) string {
	switch total := c.Passed + c.Failed; {
	case total == 0:
		return ""
	case c.Failed == 0:
		return text.Count(c.Passed) + " passed"
	default:
		return fmt.Sprintf("%s of %s failed", text.Count(c.Failed), text.Count(total))
	}
}

// checksLine also names the commands that failed.
func checksLine(c client.CheckCounts) string {
	if c.Failed == 0 {
		return checksWord(c)
	}
	return checksWord(c) + ": " + strings.Join(c.FailedCommands, "; ")
}

func changesWord(files, additions, deletions int64) string {
	if files == 0 {
		return ""
	}
	return fmt.Sprintf("%s, +%d −%d", count(files, "file"), additions, deletions)
}

// deniedWord is how many approvals a person denied.
func deniedWord(o client.Outcome) string {
	if o.Asked == 0 {
		return ""
	}
	return text.Count(o.Denied) + " of " + text.Count(o.Asked)
}

// takenWord is what became of an attempt's work.
func takenWord(o client.Outcome) string {
	switch {
	case o.RevertedAt != nil:
		return "merged, then reverted"
	case o.MergedAt != nil:
		return "merged"
	case o.PushedAt != nil:
		return "pushed to " + o.PushedBranch
	case o.AbandonedAt != nil:
		return "abandoned"
	}
	return ""
}

// workWord is what became of a session's work.
func workWord(v client.SessionRow) string {
	switch {
	case v.MergedAt != nil:
		return "merged"
	case v.PushedAt != nil:
		return "pushed"
	}
	return ""
}
