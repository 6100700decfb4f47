package proc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// Registered is the name that an agent of the registry has inside OpenCode.
const Registered = "registered"

// encodeAgent is the agent as OpenCode reads it. Its permissions are not here but in the process's own, which hold for sub-agents too.
func encodeAgent(s agent.Spec) object {
	a := object{"mode": "primary", "description": s.Description}
	if s.Prompt != "" {
		a["prompt"] = s.Prompt
	}
	if s.Temperature != nil {
		a["temperature"] = *s.Temperature
	}
	if s.MaxSteps != nil {
		a["steps"] = *s.MaxSteps
	}
	return a
}

// permission is the team's policy, or the stricter of it and the agent's profile.
func (c TeamConfig) permission() (json.RawMessage, error) {
	policy := c.Permission
	if len(policy) == 0 {
		policy = DefaultPermission
	}
	if c.Spec == nil || len(c.Spec.Permissions) == 0 {
		return policy, nil
	}
	rules, err := readRules(policy)
	if err != nil {
		return nil, fmt.Errorf("read the team's policy: %w", err)
	}
	return writeRules(agent.Stricter(rules, c.Spec.Permissions)), nil
}

// readRules reads a permission object in its order.
func readRules(policy json.RawMessage) (rules []agent.Rule, err error) {
	err = members(policy, func(permission string, value json.RawMessage) error {
		var all agent.Action
		if json.Unmarshal(value, &all) == nil {
			rules = append(rules, agent.Rule{Permission: permission, Pattern: "*", Action: all})
			return nil
		}
		return members(value, func(pattern string, value json.RawMessage) error {
			r := agent.Rule{Permission: permission, Pattern: pattern}
			err := json.Unmarshal(value, &r.Action)
			rules = append(rules, r)
			return err
		})
	})
	return rules, err
}

// members calls fn for each member of a JSON object, in its order.
func members(text json.RawMessage, fn func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return cmp.Or(err, fmt.Errorf("%.40s is no object", text))
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := fn(name.(string), value); err != nil {
			return err
		}
	}
	return nil
}

// plain are the permissions for which OpenCode takes one answer instead of patterns.
var plain = []string{"todowrite", "question", "webfetch", "websearch", "codesearch", "doom_loop"}

// writeRules writes rules that are grouped by permission as an object in their order.
func writeRules(rules []agent.Rule) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for len(rules) > 0 {
		n := 1
		for n < len(rules) && rules[n].Permission == rules[0].Permission {
			n++
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		writePermission(&b, rules[:n])
		rules = rules[n:]
	}
	b.WriteByte('}')
	return b.Bytes()
}

func writePermission(b *bytes.Buffer, rules []agent.Rule) {
	fmt.Fprintf(b, "%s:", quoted(rules[0].Permission))
	if len(rules) == 1 && rules[0].Pattern == "*" {
		b.WriteString(quoted(string(rules[0].Action)))
		return
	}
	if slices.Contains(plain, rules[0].Permission) {
		b.WriteString(quoted(string(agent.Strictest(rules))))
		return
	}
	b.WriteByte('{')
	for i, r := range rules {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "%s:%s", quoted(r.Pattern), quoted(string(r.Action)))
	}
	b.WriteByte('}')
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a text is always encodable
	return string(b)
}
