package agent

import (
	"regexp"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// MaxMarkdown is the most bytes of a file with an agent.
const MaxMarkdown = 512 << 10

// Markdown writes an agent as the Markdown file that OpenCode reads: YAML between two lines "---", then the system prompt. What OpenCode
// has no field for is under the key orchestrator, which it ignores. notHeld lists what OpenCode does not read of the file, as sentences;
// ParseMarkdown reads all of it.
func Markdown(name string, s Spec) (file string, notHeld []string) {
	front := yamlMap(
		"description", optional(s.Description), "mode", plainText("primary"), "model", optional(s.Model),
		"temperature", optionalNumber("!!float", decimal(s.Temperature)), "steps", optionalNumber("!!int", whole(s.MaxSteps)))
	rules, exact := s.Permissions, canNest(s.Permissions)
	if !exact {
		rules = Stricter([]Rule{{"*", "*", Allow}}, s.Permissions)
		notHeld = append(notHeld, "OpenCode reads the rules of the permission profile grouped by permission, which is stricter in places.")
	}
	add(front, "permission", nested(rules))
	add(front, "orchestrator", ownFields(name, s, !exact))
	text, _ := yaml.Marshal(front) // nodes of texts, numbers and lists can always be encoded
	return "---\n" + string(text) + "---\n" + s.Prompt + "\n",
		append(notHeld, "OpenCode does not read what is under orchestrator: name, type, capabilities, technologies and the number of sessions at a time.")
}

// ownFields are the fields that OpenCode has not.
func ownFields(name string, s Spec, withRules bool) *yaml.Node {
	own := yamlMap("name", plainText(name), "agent_type", optional(string(s.Type)), "capabilities", textList(s.Capabilities), "preferred_technologies", textList(s.Preferred),
		"avoided_technologies", textList(s.Avoided), "max_concurrent_tasks", optionalNumber("!!int", strconv.FormatInt(s.Places, 10)))
	if withRules {
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, r := range s.Permissions {
			list.Content = append(list.Content, yamlMap("permission", plainText(r.Permission), "pattern", plainText(r.Pattern), "action", plainText(string(r.Action))))
		}
		add(own, "permissions", list)
	}
	return own
}

// yamlMap is a map of names and nodes in this order; nil nodes are left out.
func yamlMap(pairs ...any) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i < len(pairs); i += 2 {
		add(m, pairs[i].(string), pairs[i+1].(*yaml.Node))
	}
	return m
}

func add(m *yaml.Node, key string, v *yaml.Node) {
	if v != nil {
		m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
	}
}

func plainText(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
}

func optional(s string) *yaml.Node {
	if s == "" {
		return nil
	}
	return plainText(s)
}

func optionalNumber(tag, s string) *yaml.Node {
	if s == "" {
		return nil
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: s}
}

func textList[T ~string](in []T) *yaml.Node {
	if len(in) == 0 {
		return nil
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range in {
		list.Content = append(list.Content, plainText(string(s)))
	}
	return list
}

// integerKey is a key that JavaScript moves to the front of an object.
var integerKey = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// canNest reports whether rules can be a map of permissions to maps of patterns in their order: a permission's rules follow each other,
// none has a pattern twice, and no key would move.
func canNest(rules []Rule) bool {
	var seen []string
	for i, r := range rules {
		follows := i > 0 && rules[i-1].Permission == r.Permission
		if integerKey.MatchString(r.Permission) || integerKey.MatchString(r.Pattern) || !follows && slices.Contains(seen, r.Permission) {
			return false
		}
		if slices.ContainsFunc(rules[:i], func(before Rule) bool { return before.Permission == r.Permission && before.Pattern == r.Pattern }) {
			return false
		}
		seen = append(seen, r.Permission)
	}
	return true
}

// nested writes rules that follow each other as one permission: an action, or a map of patterns to actions.
func nested(rules []Rule) *yaml.Node {
	if len(rules) == 0 {
		return nil
	}
	m := &yaml.Node{Kind: yaml.MappingNode}
	for len(rules) > 0 {
		n := 1
		for n < len(rules) && rules[n].Permission == rules[0].Permission {
			n++
		}
		m.Content = append(m.Content, plainText(rules[0].Permission), actionsOf(rules[:n]))
		rules = rules[n:]
	}
	return m
}

func actionsOf(rules []Rule) *yaml.Node {
	if len(rules) == 1 && rules[0].Pattern == "*" {
		return plainText(string(rules[0].Action))
	}
	m := &yaml.Node{Kind: yaml.MappingNode}
	for _, r := range rules {
		m.Content = append(m.Content, plainText(r.Pattern), plainText(string(r.Action)))
	}
	return m
}
