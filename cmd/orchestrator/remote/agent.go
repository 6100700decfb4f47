package remote

import (
	"errors"
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// agentCmds are the commands about the agents of the team's registry.
type agentCmds struct {
	List       agentListCmd       `cmd:"" help:"List the team's agents."`
	Show       agentShowCmd       `cmd:"" help:"Show one agent."`
	Create     agentCreateCmd     `cmd:"" help:"Create an agent. Requires the lead role."`
	Edit       agentEditCmd       `cmd:"" help:"Change an agent, which saves a new version. Sessions keep the version that they started with. Requires the lead role."`
	Versions   agentVersionsCmd   `cmd:"" help:"List the versions of an agent, newest first, with what each one changed."`
	Figures    agentFiguresCmd    `cmd:"" help:"Print how the sessions of an agent ended, by version and capability."`
	Route      agentRouteCmd      `cmd:"" help:"Find the agent for a need. Nothing is reserved."`
	Maintain   agentMaintainCmd   `cmd:"" help:"Take an agent out of service until a time. Requires the lead role."`
	Activate   agentActivateCmd   `cmd:"" help:"End the maintenance or the inactivity of an agent. Requires the lead role."`
	Deactivate agentDeactivateCmd `cmd:"" help:"Let an agent take no new work. Running sessions continue. Requires the lead role."`
	Default    agentDefaultCmd    `cmd:"" help:"Make an agent that of sessions that name none. Requires the lead role."`
	Tier       agentTierCmd       `cmd:"" help:"Set the tier of an agent, or let it follow the figures. Requires the lead role."`
	Delete     agentDeleteCmd     `cmd:"" help:"Delete an agent. Sessions keep the version that they started with. Requires the lead role."`
	Export     agentExportCmd     `cmd:"" help:"Print an agent as a Markdown file that OpenCode reads."`
	Import     agentImportCmd     `cmd:"" help:"Create an agent from a Markdown file of OpenCode. Requires the lead role."`
}

// agentsOf reads all pages of agents, at most limit.
func (s *shell) agentsOf(c *client.Client, f client.AgentFilter, limit int) (all []client.Agent, err error) {
	for len(all) < limit {
		f.Limit = min(limit-len(all), agent.MaxPage)
		page, err := c.Agents(s.ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if !page.HasMore || page.NextCursor == nil {
			break
		}
		f.Cursor = *page.NextCursor
	}
	return all, nil
}

// maxAgents is more agents than a team can have.
const maxAgents = 1 << 20

var errNoAgent = errors.New("the team has no agent")

// findAgent returns the agent with a name, in whatever case, or an ID.
func (s *shell) findAgent(c *client.Client, which string) (client.Agent, error) {
	all, err := s.agentsOf(c, client.AgentFilter{}, maxAgents)
	if err != nil {
		return client.Agent{}, err
	}
	names := make([]string, len(all))
	for i, a := range all {
		if names[i] = a.Name; strings.EqualFold(a.Name, which) || a.ID == which {
			return a, nil
		}
	}
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	return client.Agent{}, fmt.Errorf("%w %q. It has: %s", errNoAgent, which, orDash(strings.Join(names, ", ")))
}

// theAgent is the argument of commands about one agent.
type theAgent struct {
	Agent string `arg:"" name:"agent" help:"The agent's name or ID."`
}

func (t theAgent) find(s *shell) (*client.Client, client.Agent, error) {
	c, err := s.client()
	if err != nil {
		return nil, client.Agent{}, err
	}
	a, err := s.findAgent(c, t.Agent)
	return c, a, err
}

type agentListCmd struct {
	Query      string `short:"q" help:"Only agents with this in their name." placeholder:"TEXT"`
	Type       string `help:"Only agents of this type." placeholder:"TYPE"`
	Capability string `help:"Only agents with this capability." placeholder:"NAME"`
	Status     string `help:"Only active or inactive ones." enum:"active,inactive," default:"" placeholder:"STATUS"`
	Limit      int    `help:"How many at most." default:"100"`
}

// Run prints the agents by name.
func (l *agentListCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	all, err := s.agentsOf(c, client.AgentFilter{Query: l.Query, AgentType: l.Type, Capability: l.Capability, Status: l.Status}, l.Limit)
	if err != nil {
		return err
	}
	return printOr(s, append([]client.Agent{}, all...), s.printAgents)
}

func (s *shell) printAgents(all []client.Agent) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(s.Out, "No agents. A lead creates one with `orchestrator agent create`.")
		return err
	}
	rows := make([][]string, len(all))
	for i, a := range all {
		rows[i] = []string{a.ID, a.Name, a.AgentType, a.Version, agentState(a), a.Tier, loadWord(a.Load), percent(a.Recent.SuccessRate), fmt.Sprint(a.Recent.Ends)}
	}
	return s.printTable([]string{"ID", "NAME", "TYPE", "VERSION", "STATUS", "TIER", "PLACES", "SUCCESS", "ENDS"}, rows)
}

// agentState is whether an agent takes work, and why not.
func agentState(a client.Agent) string {
	state := a.Status
	switch {
	case a.Status == string(agent.Inactive):
	case a.Maintenance != nil:
		state = "maintenance until " + moment(a.Maintenance.Until)
	case a.Circuit != string(agent.Closed):
		state += ", circuit " + strings.ReplaceAll(a.Circuit, "_", " ")
	}
	if a.IsDefault {
		state += ", default"
	}
	return state
}

func loadWord(l client.Load) string { return fmt.Sprintf("%d of %d", l.Current, l.Max) }

// percent is a share from 0 to 1; empty if nothing is known.
func percent(share *float64) string {
	if share == nil {
		return ""
	}
	return fmt.Sprintf("%.1f%%", *share*100)
}

type agentShowCmd struct {
	theAgent
	Prompt bool `help:"Print only the system prompt."`
}

// Run prints an agent with its newest version.
func (c *agentShowCmd) Run(s *shell) error {
	_, a, err := c.find(s)
	if err != nil {
		return err
	}
	if c.Prompt {
		_, err := fmt.Fprintln(s.Out, safeLines(a.Prompt))
		return err
	}
	return printOr(s, a, s.printAgent)
}

func (s *shell) printAgent(a client.Agent) error {
	tier, maintenance := a.Tier, ""
	if a.TierSet {
		tier += ", set by a lead"
	}
	if a.Maintenance != nil {
		maintenance = a.Maintenance.Reason + " (" + a.Maintenance.By + ")"
	}
	if err := s.printFields("ID", a.ID, "Name", a.Name, "Type", a.AgentType, "Version", a.Version, "Description", a.Description, "Status", agentState(a), "Maintenance", maintenance, "Tier", tier,
		"Places", loadWord(a.Load)+", "+a.Load.Level, "Capabilities", strings.Join(a.Capabilities, ", "), "Prefers", strings.Join(a.Preferred, ", "), "Avoids", strings.Join(a.Avoided, ", "),
		"Model", valueOf(a.Model), "Temperature", numberOf(a.Temperature), "Steps", numberOf(a.Steps), "System prompt", promptWord(a.Prompt), "Success", percent(a.Recent.SuccessRate),
		"Quality", percent(a.Recent.Quality), "Ends", fmt.Sprint(a.Recent.Ends), "Changed", moment(a.ChangedAt)); err != nil {
		return err
	}
	for _, r := range a.Permissions {
		fmt.Fprintf(s.Out, "  %s\n", safe(ruleWord(r)))
	}
	return nil
}

func promptWord(prompt string) string {
	if prompt == "" {
		return ""
	}
	return count(int64(len([]rune(prompt))), "character") + "; --prompt prints it"
}

// ruleWord is a rule as --permission takes it.
func ruleWord(r client.Rule) string { return r.Permission + ":" + r.Pattern + "=" + r.Action }

func valueOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func numberOf[T int64 | float64](n *T) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}
