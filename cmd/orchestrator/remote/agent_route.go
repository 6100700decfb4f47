package remote

import (
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// needFlags are what a piece of work requires of its agent.
type needFlags struct {
	Capability  []string `help:"A capability that the work requires, for routing. Can be repeated." placeholder:"NAME"`
	Technology  []string `help:"A technology of the work, for routing. Can be repeated." placeholder:"NAME"`
	PreferType  string   `help:"A type of agent that routing prefers." placeholder:"TYPE"`
	PreferAgent string   `help:"The name or ID of an agent that routing prefers." placeholder:"NAME"`
}

func (f *needFlags) isEmpty() bool {
	return len(f.Capability)+len(f.Technology) == 0 && f.PreferType == "" && f.PreferAgent == ""
}

// need is the need that the flags describe.
func (f *needFlags) need(s *shell, c *client.Client, model string) (n client.Need, err error) {
	n = client.Need{Capabilities: f.Capability, Technologies: f.Technology, PreferredType: f.PreferType, Model: model}
	if f.PreferAgent != "" {
		a, err := s.findAgent(c, f.PreferAgent)
		if err != nil {
			return n, err
		}
		n.PreferredID = a.ID
	}
	return n, nil
}

type agentRouteCmd struct {
	needFlags
	Model string `help:"A model that the session names." placeholder:"PROVIDER/MODEL"`
}

// Run prints the choice, the next best and who cannot do the work.
func (r *agentRouteCmd) Run(s *shell) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	n, err := r.need(s, c, r.Model)
	if err != nil {
		return err
	}
	choice, err := c.RouteAgent(s.ctx, n)
	if err != nil {
		return err
	}
	return printOr(s, choice, s.printRouting)
}

func (s *shell) printRouting(r client.Routing) error {
	fmt.Fprintln(s.Out, safe(r.Reason))
	rows := [][]string{rankedRow(client.Ranked{Agent: r.Agent, Parts: r.Parts, Score: r.Score})}
	for _, other := range r.Alternatives {
		rows = append(rows, rankedRow(other))
	}
	if err := s.printTable([]string{"AGENT", "VERSION", "SCORE", "TIER", "CAPABILITIES", "LOAD", "PLACE", "PREFERRED"}, rows); err != nil {
		return err
	}
	for _, e := range r.Excluded {
		fmt.Fprintf(s.Out, "Not %s: %s\n", safe(e.Name), safe(e.Reason))
	}
	return nil
}

func rankedRow(r client.Ranked) []string {
	row := []string{r.Agent.Name, r.Agent.Version}
	for _, part := range []float64{r.Score, r.Parts.Tier, r.Parts.Capability, r.Parts.Load, r.Parts.Available, r.Parts.Preferred} {
		row = append(row, fmt.Sprintf("%.2f", part))
	}
	return row
}
