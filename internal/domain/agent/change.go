package agent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Size is how much a version changes.
type Size string

// The sizes, smallest first.
const (
	Patch Size = "patch"
	Minor Size = "minor"
	Major Size = "major"
)

// Change is one field that differs between two specs. Old and New are empty where there was nothing, or is nothing.
type Change struct {
	Field    string // the field's name in the API
	Old, New string
}

// Changes lists the fields in which two specs differ, in the order of the form. The rules of the permission profile are one field.
func Changes(from, to Spec) []Change {
	var out []Change
	add := func(field, a, b string) {
		if a != b {
			out = append(out, Change{field, a, b})
		}
	}
	add("agent_type", string(from.Type), string(to.Type))
	add("description", from.Description, to.Description)
	add("capabilities", joined(from.Capabilities), joined(to.Capabilities))
	add("preferred_technologies", strings.Join(from.Preferred, ", "), strings.Join(to.Preferred, ", "))
	add("avoided_technologies", strings.Join(from.Avoided, ", "), strings.Join(to.Avoided, ", "))
	add("runner", string(from.Runner), string(to.Runner))
	add("model_identifier", from.Model, to.Model)
	add("temperature", decimal(from.Temperature), decimal(to.Temperature))
	add("max_steps", whole(from.MaxSteps), whole(to.MaxSteps))
	add("max_concurrent_tasks", strconv.FormatInt(from.Places, 10), strconv.FormatInt(to.Places, 10))
	add("permissions", rulesText(from.Permissions), rulesText(to.Permissions))
	add("system_prompt", from.Prompt, to.Prompt)
	return out
}

func joined(cs []Capability) string {
	words := []string{}
	for _, c := range cs {
		words = append(words, string(c))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

func decimal(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}

func whole(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func rulesText(rs []Rule) string {
	lines := []string{}
	for _, r := range rs {
		lines = append(lines, fmt.Sprintf("%s %s: %s", r.Permission, r.Pattern, r.Action))
	}
	return strings.Join(lines, "\n")
}

// SizeOf is the smallest size that a change can have: a right that grows is at least minor, and so are other capabilities, another type
// or another runner. The rest is a patch.
func SizeOf(from, to Spec) Size {
	if len(Grown(from.Permissions, to.Permissions)) > 0 || joined(from.Capabilities) != joined(to.Capabilities) || from.Type != to.Type || from.Runner != to.Runner {
		return Minor
	}
	return Patch
}

// NextNumber is the number of a version with the spec to after one with from: the one that was asked for, or the smallest that fits if
// asked is empty.
func NextNumber(current Number, from, to Spec, asked string) (Number, error) {
	least := current.Next(SizeOf(from, to))
	if asked == "" {
		return least, nil
	}
	n, ok := ParseNumber(asked)
	if !ok {
		return n, fault.Field("version", "%q is not a version. Use the form 1.2.3.", asked)
	}
	if !n.After(current) {
		return n, fault.Field("version", "The version must be after %s.", current)
	}
	if least.After(n) {
		return n, fault.Field("version", "This version asks for more than %s, so it is at least %s.", current, least)
	}
	return n, nil
}
