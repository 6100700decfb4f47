package agents

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Agent is an agent with its newest version.
type Agent struct {
	ID           string                     `json:"id" format:"uuid"`
	Name         string                     `json:"name"`
	Version      string                     `json:"version" doc:"The newest version." example:"0.1.0"`
	Digest       string                     `json:"digest" doc:"SHA-256 of the version's content."`
	Status       string                     `json:"status" enum:"active,inactive"`
	Tier         string                     `json:"tier" enum:"elite,premium,advanced,standard,competent,trainee,degraded"`
	TierSet      bool                       `json:"tier_set" doc:"Whether a lead set the tier. Otherwise it follows the last 50 sessions that ended, once there are five."`
	Circuit      string                     `json:"circuit" enum:"closed,half_open,open" doc:"Routing passes over an agent whose circuit is open."`
	Load         Load                       `json:"load"`
	IsDefault    bool                       `json:"is_default" doc:"Whether sessions that name no agent get this one."`
	Maintenance  apikit.OrNull[Maintenance] `json:"maintenance"`
	Recent       Recent                     `json:"recent"`
	AgentType    string                     `json:"agent_type"`
	Description  string                     `json:"description"`
	Capabilities []string                   `json:"capabilities"`
	Preferred    []string                   `json:"preferred_technologies"`
	Avoided      []string                   `json:"avoided_technologies"`
	Runner       string                     `json:"runner"`
	Model        *string                    `json:"model_identifier"`
	Prompt       string                     `json:"system_prompt"`
	Temperature  *float64                   `json:"temperature" nullable:"true"`
	MaxSteps     *int64                     `json:"max_steps" nullable:"true"`
	Places       int64                      `json:"max_concurrent_tasks"`
	Permissions  []Rule                     `json:"permissions"`
	CreatedAt    apikit.Time                `json:"created_at"`
	ChangedAt    apikit.Time                `json:"changed_at"`
}

// HasETag makes an agent an object with an ETag.
func (Agent) HasETag() {}

// Load is how many of an agent's places are taken.
type Load struct {
	Current int64  `json:"current" doc:"Sessions that run, and queued ones that hold a place."`
	Max     int64  `json:"max"`
	Level   string `json:"level" enum:"idle,optimal,high,critical,overloaded"`
}

// Maintenance is why and until when an agent takes nothing new.
type Maintenance struct {
	Reason string      `json:"reason"`
	Until  apikit.Time `json:"until"`
	By     string      `json:"by"`
}

// Recent are the figures of the last 50 sessions that ended.
type Recent struct {
	Ends           int64    `json:"ends"`
	SuccessRate    *float64 `json:"success_rate" nullable:"true" doc:"Completed, without a failed check, not reverted and without a thumb down; a partial one counts half. null without any."`
	Quality        *float64 `json:"quality" nullable:"true" doc:"The mean of what is known: checks passed, merged or reverted, thumbs, approvals not denied. null if nothing is."`
	MedianCost     *int64   `json:"median_cost_microusd" nullable:"true"`
	MedianDuration *int64   `json:"median_duration_seconds" nullable:"true"`
}

// Version is a version of an agent, which never changes.
type Version struct {
	Version     string      `json:"version"`
	Digest      string      `json:"digest"`
	Changelog   string      `json:"changelog"`
	SavedAt     apikit.Time `json:"saved_at"`
	SavedBy     string      `json:"saved_by" doc:"The person's name."`
	Model       *string     `json:"model_identifier"`
	Prompt      string      `json:"system_prompt"`
	Permissions []Rule      `json:"permissions"`
	Changes     []Change    `json:"changes" doc:"What differs from the version before."`
	Grown       []Rule      `json:"grown" doc:"The rules by which the agent may do more than in the version before."`
}

// Change is one field that differs.
type Change struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

func (a *Operations) agentBody(v agent.Agent) Agent {
	s := v.Current.Spec
	b := Agent{ID: string(v.ID), Name: v.Name, Version: v.Current.Number.String(), Digest: v.Current.Digest, Status: string(v.Status), Tier: string(v.Tier()), TierSet: v.SetTier != "",
		Circuit: string(v.Circuit(a.kit.Clock.Now())), Load: Load{v.Load.Taken, v.Load.Max, string(v.Load.Level())}, IsDefault: v.IsDefault, Recent: recentBody(v.Recent),
		AgentType: string(s.Type), Description: s.Description, Capabilities: texts(s.Capabilities), Preferred: apikit.Texts(s.Preferred), Avoided: apikit.Texts(s.Avoided),
		Runner: string(s.Runner), Model: apikit.TextOrNull(s.Model), Prompt: s.Prompt, Temperature: s.Temperature, MaxSteps: s.MaxSteps, Places: s.Places,
		Permissions: apikit.MapItems(s.Permissions, ruleBody), CreatedAt: apikit.NewTime(v.CreatedAt), ChangedAt: apikit.NewTime(v.ChangedAt)}
	if m := v.Maintenance; m != nil {
		b.Maintenance.Value = &Maintenance{m.Reason, apikit.NewTime(m.Until), m.By}
	}
	return b
}

func recentBody(r agent.Recent) Recent {
	b := Recent{Ends: r.Ends, MedianCost: r.MedianCost, MedianDuration: seconds(r.MedianDuration)}
	if rate, ok := r.SuccessRate(); ok {
		b.SuccessRate = &rate
	}
	if q, ok := r.MeanQuality(); ok {
		b.Quality = &q
	}
	return b
}

func seconds(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	s := int64(*d / time.Second)
	return &s
}

func texts[T ~string](in []T) []string {
	return apikit.MapItems(in, func(t T) string { return string(t) })
}

func ruleBody(r agent.Rule) Rule { return Rule{r.Permission, r.Pattern, string(r.Action)} }

func versionBody(v agent.Version) Version {
	return Version{Version: v.Number.String(), Digest: v.Digest, Changelog: v.Changelog, SavedAt: apikit.NewTime(v.SavedAt), SavedBy: v.SavedName, Model: apikit.TextOrNull(v.Spec.Model),
		Prompt: v.Spec.Prompt, Permissions: apikit.MapItems(v.Spec.Permissions, ruleBody), Changes: []Change{}, Grown: apikit.MapItems(v.Grown, ruleBody)}
}

func rulesOf(rs []Rule) []agent.Rule {
	return apikit.MapItems(rs, func(r Rule) agent.Rule {
		return agent.Rule{Permission: r.Permission, Pattern: r.Pattern, Action: agent.Action(r.Action)}
	})
}

func capabilitiesOf(cs []string) []agent.Capability {
	return apikit.MapItems(cs, func(c string) agent.Capability { return agent.Capability(c) })
}

func (n NewAgent) spec() agent.Spec {
	return agent.Spec{Type: agent.Type(n.AgentType), Description: n.Description, Capabilities: capabilitiesOf(n.Capabilities), Preferred: n.Preferred, Avoided: n.Avoided,
		Runner: agent.Runner(n.Runner), Model: n.Model, Prompt: n.Prompt, Temperature: n.Temperature, MaxSteps: n.MaxSteps, Places: n.Places, Permissions: rulesOf(n.Permissions)}
}

// edit is the change of the fields that were sent.
func (c AgentChange) edit() appagents.Edit {
	return appagents.Edit{Name: c.Name, Base: c.Base, Version: c.Version, Changelog: c.Changelog, Change: func(s *agent.Spec) {
		set(&s.Type, c.AgentType, func(t string) agent.Type { return agent.Type(t) })
		set(&s.Description, c.Description, same)
		set(&s.Capabilities, c.Capabilities, capabilitiesOf)
		set(&s.Preferred, c.Preferred, same)
		set(&s.Avoided, c.Avoided, same)
		set(&s.Model, c.Model, same)
		set(&s.Prompt, c.Prompt, same)
		set(&s.Places, c.Places, same)
		set(&s.Permissions, c.Permissions, rulesOf)
		if c.Temperature.IsSet {
			s.Temperature = c.Temperature.Value
		}
		if c.MaxSteps.IsSet {
			s.MaxSteps = c.MaxSteps.Value
		}
	}}
}

func set[F, T any](to *T, from *F, convert func(F) T) {
	if from != nil {
		*to = convert(*from)
	}
}

func same[T any](v T) T { return v }

// Optional is a number that can be left out, set or set to null.
type Optional[T int64 | float64] struct {
	IsSet bool
	Value *T
}

// UnmarshalJSON notes that the field is there.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.IsSet, o.Value = true, nil
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		return nil
	}
	return json.Unmarshal(b, &o.Value)
}

// MarshalJSON writes the number or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.Value) }

// Schema is a number or null.
func (o Optional[T]) Schema(huma.Registry) *huma.Schema {
	if _, whole := any(*new(T)).(int64); whole {
		return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Nullable: true}
	}
	return &huma.Schema{Type: huma.TypeNumber, Format: "double", Nullable: true}
}
