package proc

import (
	"encoding/json"
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// TeamConfig is what a team's agents may use.
type TeamConfig struct {
	Providers []Provider
	// Permission is OpenCode's permission object, whose order counts; empty is DefaultPermission.
	Permission json.RawMessage
	// Spec is the agent of the process's session; nil without one.
	Spec *agent.Spec
}

// Provider is one model provider as OpenCode sees it: the gateway.
type Provider struct {
	Slug    string
	NPM     string // the AI SDK package that speaks its protocol, such as @ai-sdk/openai-compatible
	BaseURL string
	Models  []Model
}

// Model is one model with its limits in tokens and its price in micro-dollars per million tokens.
type Model struct {
	ID                                   string
	Context, Output                      int64
	Input, OutputPrice, Read, CacheWrite int64
}

// DefaultPermission is the policy of a team that set none: agents may read and search, edit inside the tree and look at git;
// they ask before any other command and before they use the web; what lies outside the tree is refused. The last rule that
// matches wins, so its order counts.
var DefaultPermission = json.RawMessage(`{
  "*": "allow",
  "read": "allow", "glob": "allow", "grep": "allow", "list": "allow", "edit": "allow",
  "bash": {
    "*": "ask",
    "git status *": "allow", "git diff *": "allow", "git log *": "allow", "git show *": "allow",
    "ls *": "allow", "cat *": "allow", "pwd": "allow", "rg *": "allow", "grep *": "allow",
    "head *": "allow", "tail *": "allow", "wc *": "allow",
    "*>*": "ask", "*--output*": "ask", "*--ext-diff*": "ask", "*--textconv*": "ask", "rg *--pre*": "ask"
  },
  "webfetch": "ask", "websearch": "ask",
  "external_directory": "deny",
  "doom_loop": "ask",
  "question": "allow"
}`)

// The secrets of a process, in its environment at its start. Once it is ready they are overwritten there, and its children never
// inherit them.
const (
	keyVar      = "ORCHESTRATOR_GATEWAY_KEY"
	passwordVar = "OPENCODE_SERVER_PASSWORD"
	// keyPlace stands in the config for the gateway's key, so that the file has no secret.
	keyPlace = "of-the-gateway"
)

var secretVars = []string{passwordVar, keyVar}

const modelTimeout = 300_000 // milliseconds a model may be silent, before the answer and inside it

// object keeps JSON short to write.
type object = map[string]any

// encode is the config OpenCode reads.
func (c TeamConfig) encode() ([]byte, error) {
	permission, err := c.permission()
	if err != nil {
		return nil, err
	}
	slugs, providers, first := []string{}, object{}, ""
	for _, p := range c.Providers {
		slugs = append(slugs, p.Slug)
		providers[p.Slug] = p.encode(c.Spec != nil && c.Spec.Temperature != nil)
		if first == "" && len(p.Models) > 0 {
			first = p.Slug + "/" + p.Models[0].ID
		}
	}
	config := object{
		"$schema": "https://opencode.ai/config.json", "autoupdate": false, "share": "disabled", "snapshot": false, "lsp": false, "formatter": false,
		"enabled_providers": slugs, "provider": providers, "permission": permission,
	}
	if first != "" {
		config["model"], config["small_model"] = first, first
	}
	if c.Spec != nil {
		config["agent"] = object{Registered: encodeAgent(*c.Spec)}
	}
	b, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode OpenCode's config: %w", err)
	}
	return b, nil
}

// encode is the provider as OpenCode reads it. OpenCode sends no temperature to a model that is not said to take one.
func (p Provider) encode(takesTemperature bool) object {
	models := object{}
	for _, m := range p.Models {
		one := m.encode()
		if takesTemperature {
			one["temperature"] = true
		}
		models[m.ID] = one
	}
	return object{"npm": p.NPM, "name": p.Slug, "models": models, "options": object{
		"baseURL": p.BaseURL, "apiKey": keyPlace, "chunkTimeout": modelTimeout, "headerTimeout": modelTimeout,
	}}
}

// encode writes prices in dollars per million tokens, as OpenCode expects.
func (m Model) encode() object {
	dollars := func(micro int64) float64 { return float64(micro) / 1e6 }
	return object{"name": m.ID, "tool_call": true, "limit": object{"context": m.Context, "output": m.Output}, "cost": object{
		"input": dollars(m.Input), "output": dollars(m.OutputPrice), "cache_read": dollars(m.Read), "cache_write": dollars(m.CacheWrite),
	}}
}
