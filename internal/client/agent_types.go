package client

import (
	"encoding/json"
	"time"
)

// Agent is an agent of the team's registry with its newest version.
type Agent struct {
	AgentType    string       `json:"agent_type"`
	Avoided      []string     `json:"avoided_technologies"`
	Capabilities []string     `json:"capabilities"`
	ChangedAt    time.Time    `json:"changed_at"`
	Circuit      string       `json:"circuit"`
	CreatedAt    time.Time    `json:"created_at"`
	Description  string       `json:"description"`
	Digest       string       `json:"digest"`
	ID           string       `json:"id"`
	IsDefault    bool         `json:"is_default"`
	Load         Load         `json:"load"`
	Maintenance  *Maintenance `json:"maintenance"`
	Model        *string      `json:"model_identifier"`
	Name         string       `json:"name"`
	Permissions  []Rule       `json:"permissions"`
	Places       int64        `json:"max_concurrent_tasks"`
	Preferred    []string     `json:"preferred_technologies"`
	Prompt       string       `json:"system_prompt"`
	Recent       Recent       `json:"recent"`
	Runner       string       `json:"runner"`
	Status       string       `json:"status"`
	Steps        *int64       `json:"max_steps"`
	Temperature  *float64     `json:"temperature"`
	Tier         string       `json:"tier"`
	TierSet      bool         `json:"tier_set"`
	Version      string       `json:"version"`
}

// Load is how many of an agent's places are taken.
type Load struct {
	Current int64  `json:"current"`
	Level   string `json:"level"`
	Max     int64  `json:"max"`
}

// Maintenance is why and until when an agent takes nothing new.
type Maintenance struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Until  time.Time `json:"until"`
}

// Recent are the figures of the last 50 sessions that ended.
type Recent Sums

// Sums are figures of sessions that ended; fields are nil where nothing is known.
type Sums struct {
	Ends           int64    `json:"ends"`
	MedianCost     *int64   `json:"median_cost_microusd"`
	MedianDuration *int64   `json:"median_duration_seconds"`
	Quality        *float64 `json:"quality"`
	SuccessRate    *float64 `json:"success_rate"`
}

// NamedSums are the figures of one version or capability.
type NamedSums struct {
	Name string `json:"name"`
	Sums
}

// Figures are an agent's figures over 30 and 90 days, and those of 90 days by version and required capability.
type Figures struct {
	Capabilities []NamedSums `json:"capabilities"`
	Days30       Sums        `json:"days_30"`
	Days90       Sums        `json:"days_90"`
	Versions     []NamedSums `json:"versions"`
}

// Rule is a rule of a permission profile; of several that match, the last one counts.
type Rule struct {
	Action     string `json:"action"`
	Pattern    string `json:"pattern"`
	Permission string `json:"permission"`
}

// NewAgent is the input for an agent.
type NewAgent struct {
	AgentType    string   `json:"agent_type"`
	Avoided      []string `json:"avoided_technologies,omitempty"`
	Capabilities []string `json:"capabilities,omitempty"`
	Changelog    string   `json:"changelog,omitempty"`
	Description  string   `json:"description,omitempty"`
	Model        string   `json:"model_identifier,omitempty"`
	Name         string   `json:"name"`
	Permissions  []Rule   `json:"permissions,omitempty"`
	Places       int64    `json:"max_concurrent_tasks,omitempty"`
	Preferred    []string `json:"preferred_technologies,omitempty"`
	Prompt       string   `json:"system_prompt,omitempty"`
	Runner       string   `json:"runner,omitempty"`
	Steps        *int64   `json:"max_steps,omitempty"`
	Temperature  *float64 `json:"temperature,omitempty"`
}

// AgentChange is the input for a change of an agent; fields that are nil do not change. Everything but the name makes a new version.
type AgentChange struct {
	AgentType    *string          `json:"agent_type,omitempty"`
	Avoided      *[]string        `json:"avoided_technologies,omitempty"`
	Base         string           `json:"base_version,omitempty"`
	Capabilities *[]string        `json:"capabilities,omitempty"`
	Changelog    string           `json:"changelog,omitempty"`
	Description  *string          `json:"description,omitempty"`
	Model        *string          `json:"model_identifier,omitempty"`
	Name         *string          `json:"name,omitempty"`
	Permissions  *[]Rule          `json:"permissions,omitempty"`
	Places       *int64           `json:"max_concurrent_tasks,omitempty"`
	Preferred    *[]string        `json:"preferred_technologies,omitempty"`
	Prompt       *string          `json:"system_prompt,omitempty"`
	Steps        *OrNull[int64]   `json:"max_steps,omitempty"`
	Temperature  *OrNull[float64] `json:"temperature,omitempty"`
	Version      string           `json:"version,omitempty"`
}

// OrNull is a value, or null for none. A nil *OrNull sends nothing.
type OrNull[T any] struct{ Value *T }

// MarshalJSON writes the value or null.
func (o OrNull[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// AgentPage is one page of a list of agents.
type AgentPage struct {
	HasMore    bool    `json:"has_more"`
	Items      []Agent `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// Version is a version of an agent. Changes is what differs from the version before, Grown the rules by which the agent may do more.
type Version struct {
	Changelog   string    `json:"changelog"`
	Changes     []Change  `json:"changes"`
	Digest      string    `json:"digest"`
	Grown       []Rule    `json:"grown"`
	Model       *string   `json:"model_identifier"`
	Permissions []Rule    `json:"permissions"`
	Prompt      string    `json:"system_prompt"`
	SavedAt     time.Time `json:"saved_at"`
	SavedBy     string    `json:"saved_by"`
	Version     string    `json:"version"`
}

// Change is one field that differs.
type Change struct {
	Field string `json:"field"`
	New   string `json:"new"`
	Old   string `json:"old"`
}

// Need is what work requires of its agent.
type Need struct {
	Capabilities  []string `json:"required_capabilities,omitempty"`
	Model         string   `json:"model_identifier,omitempty"`
	PreferredID   string   `json:"preferred_agent_id,omitempty"`
	PreferredType string   `json:"preferred_type,omitempty"`
	Technologies  []string `json:"technologies,omitempty"`
}

// Routing is the choice of an agent with its reasons.
type Routing struct {
	Agent        AgentRef   `json:"agent"`
	Alternatives []Ranked   `json:"alternatives"`
	Excluded     []Excluded `json:"excluded"`
	Parts        Parts      `json:"parts"`
	Reason       string     `json:"reason"`
	Score        float64    `json:"score"`
}

// AgentRef is an agent with a version.
type AgentRef struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Parts are the parts of a score.
type Parts struct {
	Available  float64 `json:"available"`
	Capability float64 `json:"capability"`
	Load       float64 `json:"load"`
	Preferred  float64 `json:"preferred"`
	Tier       float64 `json:"tier"`
}

// Ranked is an agent with its score.
type Ranked struct {
	Agent AgentRef `json:"agent"`
	Parts Parts    `json:"parts"`
	Score float64  `json:"score"`
}

// Excluded is an agent that cannot do the work, and why.
type Excluded struct {
	AgentID string `json:"agent_id"`
	Name    string `json:"name"`
	Reason  string `json:"reason"`
}
