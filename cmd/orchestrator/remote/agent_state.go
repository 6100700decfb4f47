package remote

import (
	"context"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// change changes an agent and prints what became of it.
func (t theAgent) change(s *shell, do func(c *client.Client, ctx context.Context, id string) (client.Agent, error)) error {
	c, a, err := t.find(s)
	if err != nil {
		return err
	}
	if a, err = do(c, s.ctx, a.ID); err != nil {
		return err
	}
	return printOr(s, a, func(a client.Agent) error {
		_, err := fmt.Fprintf(s.Out, "%s is %s. Its tier is %s.\n", safe(a.Name), agentState(a), a.Tier)
		return err
	})
}

type agentMaintainCmd struct {
	theAgent
	Reason string        `required:"" help:"Why. Everybody in the team can read it." placeholder:"TEXT"`
	For    time.Duration `help:"How long, such as 90m or 24h, at most 90 days." xor:"end" required:"" placeholder:"DURATION"`
	Until  time.Time     `help:"The end, such as 2026-12-24T18:00:00Z, within 90 days." xor:"end" required:"" placeholder:"TIME"`
}

// Run takes an agent out of service.
func (m *agentMaintainCmd) Run(s *shell) error {
	until := m.Until
	if m.For != 0 {
		until = time.Now().Add(m.For).Truncate(time.Second)
	}
	return m.change(s, func(c *client.Client, ctx context.Context, id string) (client.Agent, error) {
		return c.MaintainAgent(ctx, id, m.Reason, until)
	})
}

type agentActivateCmd struct{ theAgent }

// Run lets an agent take work.
func (a *agentActivateCmd) Run(s *shell) error { return a.change(s, (*client.Client).ActivateAgent) }

type agentDeactivateCmd struct{ theAgent }

// Run lets an agent take no new work.
func (a *agentDeactivateCmd) Run(s *shell) error {
	return a.change(s, (*client.Client).DeactivateAgent)
}

type agentDefaultCmd struct {
	theAgent
	Off bool `help:"Have no default agent. The agent has to be the default."`
}

// Run makes an agent the default, or ends that.
func (d *agentDefaultCmd) Run(s *shell) error {
	if d.Off {
		return d.change(s, (*client.Client).ClearDefaultAgent)
	}
	return d.change(s, (*client.Client).SetDefaultAgent)
}

type agentTierCmd struct {
	theAgent
	Tier string `arg:"" enum:"premium,standard,figures" help:"premium or standard; figures lets the tier follow the figures."`
}

// Run sets the tier.
func (t *agentTierCmd) Run(s *shell) error {
	tier := t.Tier
	if tier == "figures" {
		tier = ""
	}
	return t.change(s, func(c *client.Client, ctx context.Context, id string) (client.Agent, error) {
		return c.SetAgentTier(ctx, id, tier)
	})
}

type agentDeleteCmd struct{ theAgent }

// Run deletes an agent.
func (d *agentDeleteCmd) Run(s *shell) error {
	c, a, err := d.find(s)
	if err != nil {
		return err
	}
	if err := c.DeleteAgent(s.ctx, a.ID); err != nil || s.json {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "Deleted %s. Sessions keep the version that they started with.\n", safe(a.Name))
	return err
}
