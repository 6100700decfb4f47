package agent

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Imported is an agent of a file. Type and Name are empty if the file lacks them.
type Imported struct {
	Name string
	Spec Spec
	// NotRead lists what an agent of the registry cannot hold, as it stands in the file.
	NotRead []string
}

// ParseMarkdown reads a Markdown file of OpenCode or one that Markdown wrote. It does not check the agent: Spec.Clean and Spec.Check do.
func ParseMarkdown(file string) (Imported, error) {
	if len(file) > MaxMarkdown {
		return Imported{}, fault.Field("file", "Use a file of at most %d KiB.", MaxMarkdown>>10)
	}
	front, body, ok := splitFront(strings.TrimPrefix(file, "\ufeff"))
	if !ok {
		return Imported{}, fault.Field("file", "The front matter does not end: add a line ---.")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(front), &doc); err != nil {
		return Imported{}, fault.Field("file", "The front matter is not YAML: %s.", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	r := frontReader{}
	r.out.Spec.Prompt = strings.TrimSpace(body)
	if len(doc.Content) > 0 && doc.Content[0].ShortTag() != "!!null" {
		r.pairs("front matter", doc.Content[0], r.field)
	}
	r.out.Spec.Permissions = r.profile()
	return r.out, r.f.Err()
}

// splitFront returns the text between two lines "---" at the start of a file, and what follows; ok is false without the second one.
func splitFront(file string) (front, body string, ok bool) {
	first, at := 0, 0
	for line := range strings.SplitAfterSeq(file, "\n") {
		isFence := strings.TrimRight(line, " \t\r\n") == "---"
		switch {
		case at == 0 && !isFence:
			return "", file, true
		case at == 0:
			first = len(line)
		case isFence:
			return file[first:at], file[at+len(line):], true
		}
		at += len(line)
	}
	return "", "", false
}

// frontReader collects what it reads and what is wrong with it.
type frontReader struct {
	out Imported
	f   fault.Fields
	// nested are the rules that OpenCode reads, own those that orchestrator holds because nested ones cannot.
	nested, own []Rule
	// off are the tools that the file switches off.
	off []Rule
}

// profile is the rules of the file. Own ones are exact; nested ones that somebody changed since are listed as not read.
func (r *frontReader) profile() []Rule {
	if r.own == nil {
		return slices.Concat(r.nested, r.off)
	}
	if r.nested != nil && !slices.Equal(r.nested, Stricter([]Rule{{"*", "*", Allow}}, r.own)) {
		r.skip("permission, because orchestrator.permissions has the rules")
	}
	return slices.Concat(r.own, r.off)
}

// field reads one field of OpenCode.
func (r *frontReader) field(key string, n *yaml.Node) {
	s := &r.out.Spec
	switch key {
	case "description":
		s.Description = r.text(key, n)
	case "model":
		s.Model = r.text(key, n)
	case "temperature":
		s.Temperature = r.number(key, n)
	case "steps", "maxSteps":
		s.MaxSteps = r.whole(key, n)
	case "permission":
		r.nested = r.permission(n)
	case "tools":
		r.pairs(key, n, r.tool)
	case "orchestrator":
		r.pairs(key, n, r.ownField)
	case "mode":
		if mode := r.text(key, n); mode != "primary" {
			r.skip("mode: " + mode)
		}
	default:
		r.skip(key)
	}
}

// tool reads a tool that is on or off, as files had it before they had permissions. A tool that is on may do what the permissions say.
func (r *frontReader) tool(name string, n *yaml.Node) {
	switch on := r.text("tools", n); {
	case on == "true":
	case on != "false":
		r.f.Add("tools", "Line %d: %s is true or false.", n.Line, name)
	case name == "write" || name == "patch" || name == "multiedit":
		r.off = append(r.off, Rule{"edit", "*", Deny}) // OpenCode's permission of these tools
	default:
		r.off = append(r.off, Rule{name, "*", Deny})
	}
}

// ownField reads one field that OpenCode has not.
func (r *frontReader) ownField(key string, n *yaml.Node) {
	s := &r.out.Spec
	switch key {
	case "name":
		r.out.Name = r.text(key, n)
	case "agent_type":
		s.Type = Type(r.text(key, n))
	case "capabilities":
		for _, c := range r.list(key, n) {
			s.Capabilities = append(s.Capabilities, Capability(c))
		}
	case "preferred_technologies":
		s.Preferred = r.list(key, n)
	case "avoided_technologies":
		s.Avoided = r.list(key, n)
	case "max_concurrent_tasks":
		if v := r.whole(key, n); v != nil {
			s.Places = *v
		}
	case "permissions":
		r.own = r.rules(n)
	default:
		r.skip("orchestrator." + key)
	}
}

func (r *frontReader) skip(what string) { r.out.NotRead = append(r.out.NotRead, what) }

// pairs calls fn for each member of a map in its order.
func (r *frontReader) pairs(field string, n *yaml.Node, fn func(string, *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.f.Add(field, "Line %d: %s is a map of keys and values.", n.Line, field)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			r.f.Add(field, "Line %d: use each key once, and only texts as keys.", key.Line)
			continue
		}
		seen[key.Value] = true
		fn(key.Value, n.Content[i+1])
	}
}

// permission reads an action for everything, or a map of permissions to actions or to maps of patterns to actions.
func (r *frontReader) permission(n *yaml.Node) []Rule {
	rules := []Rule{}
	if n.Kind == yaml.ScalarNode {
		return append(rules, Rule{"*", "*", Action(r.text("permission", n))})
	}
	r.pairs("permission", n, func(permission string, n *yaml.Node) {
		if n.Kind == yaml.ScalarNode {
			rules = append(rules, Rule{permission, "*", Action(r.text("permission", n))})
			return
		}
		r.pairs("permission", n, func(pattern string, n *yaml.Node) {
			rules = append(rules, Rule{permission, pattern, Action(r.text("permission", n))})
		})
	})
	return rules
}

// rules reads a list of rules.
func (r *frontReader) rules(n *yaml.Node) []Rule {
	rules := []Rule{}
	for _, item := range r.items("permissions", n) {
		var rule Rule
		r.pairs("permissions", item, func(key string, n *yaml.Node) {
			switch key {
			case "permission":
				rule.Permission = r.text(key, n)
			case "pattern":
				rule.Pattern = r.text(key, n)
			case "action":
				rule.Action = Action(r.text(key, n))
			}
		})
		rules = append(rules, rule)
	}
	return rules
}

func (r *frontReader) text(field string, n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		r.f.Add(field, "Line %d: %s is one text.", n.Line, field)
		return ""
	}
	if n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

func (r *frontReader) items(field string, n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.f.Add(field, "Line %d: %s is a list.", n.Line, field)
		return nil
	}
	return n.Content
}

func (r *frontReader) list(field string, n *yaml.Node) (out []string) {
	for _, item := range r.items(field, n) {
		out = append(out, r.text(field, item))
	}
	return out
}

func (r *frontReader) number(field string, n *yaml.Node) *float64 {
	value := r.text(field, n)
	if value == "" {
		return nil
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		r.f.Add(field, "Line %d: %s is a number.", n.Line, field)
		return nil
	}
	return &v
}

func (r *frontReader) whole(field string, n *yaml.Node) *int64 {
	value := r.text(field, n)
	if value == "" {
		return nil
	}
	v, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		r.f.Add(field, "Line %d: %s is a whole number.", n.Line, field)
		return nil
	}
	return &v
}
