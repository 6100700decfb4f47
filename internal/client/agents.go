package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// AgentFilter selects agents of a list. The zero value selects all, by name.
type AgentFilter struct {
	Query, AgentType, Capability, Status string
	Limit                                int
	Cursor                               string
}

func (f AgentFilter) query() string {
	q := url.Values{}
	for name, v := range map[string]string{"q": f.Query, "agent_type": f.AgentType, "capability": f.Capability, "status": f.Status, "cursor": f.Cursor} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if f.Limit > 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// Agents reads one page of the team's agents.
func (c *Client) Agents(ctx context.Context, f AgentFilter) (AgentPage, error) {
	return get[AgentPage](ctx, c, "/agents"+f.query())
}

// Agent reads one agent with its newest version.
func (c *Client) Agent(ctx context.Context, id string) (Agent, error) {
	return get[Agent](ctx, c, "/agents"+seg(id))
}

// CreateAgent adds an agent with its first version.
func (c *Client) CreateAgent(ctx context.Context, a NewAgent) (Agent, error) {
	return create[Agent](ctx, c, "/agents", a)
}

// EditAgent saves a new version of an agent. A *Problem with status 409 means that somebody saved one after the change's base.
func (c *Client) EditAgent(ctx context.Context, id string, to AgentChange) (v Agent, err error) {
	err = c.Call(ctx, http.MethodPatch, "/agents"+seg(id), to, &v)
	return v, err
}

// DeleteAgent removes an agent. Sessions keep the version that they started with.
func (c *Client) DeleteAgent(ctx context.Context, id string) error {
	return c.Call(ctx, http.MethodDelete, "/agents"+seg(id), nil, nil)
}

// AgentVersions lists the newest versions of an agent, newest first.
func (c *Client) AgentVersions(ctx context.Context, id string) ([]Version, error) {
	return list[Version](ctx, c, "/agents"+seg(id)+"/versions")
}

// AgentFigures reads how the sessions of an agent ended.
func (c *Client) AgentFigures(ctx context.Context, id string) (Figures, error) {
	return get[Figures](ctx, c, "/agents"+seg(id)+"/figures")
}

// ActivateAgent ends the maintenance or the inactivity of an agent.
func (c *Client) ActivateAgent(ctx context.Context, id string) (Agent, error) {
	return post[Agent](ctx, c, "/agents"+seg(id)+"/activate", noFields{})
}

// DeactivateAgent lets an agent take no new work. Running sessions continue.
func (c *Client) DeactivateAgent(ctx context.Context, id string) (Agent, error) {
	return post[Agent](ctx, c, "/agents"+seg(id)+"/deactivate", noFields{})
}

// SetDefaultAgent makes an agent that of sessions that name none.
func (c *Client) SetDefaultAgent(ctx context.Context, id string) (Agent, error) {
	return post[Agent](ctx, c, "/agents"+seg(id)+"/default", noFields{})
}

// ClearDefaultAgent lets sessions that name no agent run without one.
func (c *Client) ClearDefaultAgent(ctx context.Context, id string) (Agent, error) {
	return post[Agent](ctx, c, "/agents"+seg(id)+"/no-default", noFields{})
}

// MaintainAgent takes an agent out of service until a time.
func (c *Client) MaintainAgent(ctx context.Context, id, reason string, until time.Time) (Agent, error) {
	return post[Agent](ctx, c, "/agents"+seg(id)+"/maintenance", struct {
		Reason string    `json:"reason"`
		Until  time.Time `json:"until"`
	}{reason, until})
}

// SetAgentTier sets the tier of an agent to premium or standard; empty lets it follow the figures.
func (c *Client) SetAgentTier(ctx context.Context, id, tier string) (v Agent, err error) {
	to := OrNull[string]{}
	if tier != "" {
		to.Value = &tier
	}
	err = c.Call(ctx, http.MethodPut, "/agents"+seg(id)+"/tier", map[string]any{"tier": to}, &v)
	return v, err
}

// RouteAgent finds the agent for a need and reserves nothing. A *Problem with status 409 means that none fits, and says why.
func (c *Client) RouteAgent(ctx context.Context, n Need) (Routing, error) {
	return post[Routing](ctx, c, "/agents/route", n)
}

// GiveFeedback stores what the token's owner thinks of a session's work: 1, −1, or 0 for nothing.
func (c *Client) GiveFeedback(ctx context.Context, session string, value int64, note string) error {
	return c.Call(ctx, http.MethodPost, "/sessions"+seg(session)+"/feedback", struct {
		Note  string `json:"note,omitempty"`
		Value int64  `json:"value"`
	}{note, value}, nil)
}
