package remote

import (
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// teamCmds are the commands about the token's team.
type teamCmds struct {
	Show    teamShowCmd    `cmd:"" help:"Show the token's owner, team and limits."`
	Members teamMembersCmd `cmd:"" help:"List the people of the team."`
	Budget  teamBudgetCmd  `cmd:"" help:"Show the month's budget and its use."`
}

type teamShowCmd struct{}

// Run prints whom the token belongs to and what it can do.
func (*teamShowCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	me, err := c.Me(s.ctx)
	if err != nil {
		return err
	}
	return printOr(s, me, func(me client.Me) error {
		return s.printFields("Server", c.Address(), "Team", me.Tenant.Slug, "User", me.User.Name, "Role", me.Role,
			"Sessions", fmt.Sprintf("%d of %d running, %d queued", me.Limits.RunningSessions, me.Limits.MaxConcurrentSessions, me.Limits.QueuedSessions),
			"Requests", fmt.Sprintf("%s per minute", text.Count(me.Limits.MaxRequestsPerMinute)))
	})
}

type teamMembersCmd struct{}

// Run prints the members.
func (*teamMembersCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	all, err := c.Members(s.ctx)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Member{}, all...), func(all []client.Member) error {
		rows := make([][]string, len(all))
		for i, m := range all {
			rows[i] = []string{m.Name, m.Email, m.Role, yesNo(m.IsActive)}
		}
		return s.printTable([]string{"NAME", "EMAIL", "ROLE", "ACTIVE"}, rows)
	})
}

type teamBudgetCmd struct{}

// Run prints the budget.
func (*teamBudgetCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	b, err := c.Budget(s.ctx)
	if err != nil {
		return err
	}
	return printOr(s, b, func(b client.Budget) error {
		row := func(what string, f client.BudgetFigures, write func(int64) string) []string {
			limit := "none"
			if f.Limit != nil {
				limit = write(*f.Limit)
			}
			return []string{what, write(f.Used), write(f.Reserved), limit}
		}
		return s.printTable([]string{b.Month, "USED", "RESERVED", "LIMIT"}, [][]string{row("Tokens", b.Tokens, text.Count), row("Cost", b.CostMicroUSD, text.Money)})
	})
}
