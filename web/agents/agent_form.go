package agents

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	views "github.com/industrial-orchestrator/orchestrator/views/agents"
)

// formFrom reads the form of an agent as it was entered. Rows of rules without any text are dropped.
func formFrom(c *fiber.Ctx) views.Form {
	f := views.Form{Name: c.FormValue("name"), Type: c.FormValue("agent_type"), Description: c.FormValue("description"), Model: c.FormValue("model_identifier"),
		Prompt: plainLines(c.FormValue("system_prompt")), Temperature: strings.TrimSpace(c.FormValue("temperature")), MaxSteps: c.FormValue("max_steps"), Places: c.FormValue("max_concurrent_tasks"),
		Preferred: c.FormValue("preferred_technologies"), Avoided: c.FormValue("avoided_technologies"),
		Base: c.FormValue("base"), Version: c.FormValue("version"), Changelog: plainLines(c.FormValue("changelog")), Rules: rulesFrom(c)}
	for _, v := range column(c, "capabilities") {
		f.Capabilities = append(f.Capabilities, agent.Capability(v))
	}
	return f
}

// plainLines ends lines as texts of programs do. Browsers send a carriage return before each line feed.
func plainLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

func rulesFrom(c *fiber.Ctx) (rules []agent.Rule) {
	patterns, actions := column(c, "rule_pattern"), column(c, "rule_action")
	for i, permission := range column(c, "rule_permission") {
		r := agent.Rule{Permission: permission, Pattern: valueAt(patterns, i), Action: agent.Action(valueAt(actions, i))}
		if r.Permission != "" || r.Pattern != "" {
			rules = append(rules, r)
		}
	}
	return rules
}

// column is every value of the inputs that share a name, in the order of the page.
func column(c *fiber.Ctx, name string) (values []string) {
	for _, b := range c.Request().PostArgs().PeekMulti(name) {
		values = append(values, strings.TrimSpace(string(b)))
	}
	return values
}

func valueAt(values []string, i int) string {
	if i < len(values) {
		return values[i]
	}
	return ""
}

// moveRule applies a button of the rules and returns the row that it changed, or −1 for another button.
func moveRule(f *views.Form, do string) int {
	verb, number, _ := strings.Cut(do, "-")
	if verb == "add" {
		f.Rules = append(f.Rules, agent.Rule{Action: agent.Ask})
		return len(f.Rules) - 1
	}
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(f.Rules) {
		return -1
	}
	other := map[string]int{"up": i - 1, "down": i + 1}[verb]
	switch {
	case verb == "remove":
		f.Rules = slices.Delete(f.Rules, i, i+1)
		return min(i, len(f.Rules)-1)
	case (verb == "up" || verb == "down") && other >= 0 && other < len(f.Rules):
		f.Rules[i], f.Rules[other] = f.Rules[other], f.Rules[i]
		return other
	}
	return -1
}

// specFrom makes a spec of a form and reports everything that is wrong with it.
func specFrom(f views.Form, runner agent.Runner) (agent.Spec, error) {
	var faults fault.Fields
	s := agent.Spec{Type: agent.Type(f.Type), Description: f.Description, Capabilities: f.Capabilities, Preferred: splitList(f.Preferred), Avoided: splitList(f.Avoided),
		Runner: runner, Model: f.Model, Prompt: f.Prompt, Permissions: f.Rules}
	if f.Temperature != "" {
		v, err := strconv.ParseFloat(f.Temperature, 64)
		if s.Temperature = &v; err != nil {
			s.Temperature = nil
			faults.Add("temperature", "Enter a number such as 0.2 (you entered %q).", f.Temperature)
		}
	}
	s.MaxSteps = wholeNumber("max_steps", f.MaxSteps, &faults)
	if n := wholeNumber("max_concurrent_tasks", f.Places, &faults); n != nil {
		s.Places = *n
	}
	if s = s.Clean(); f.Places != "" && s.Places == agent.DefaultPlaces && strings.TrimSpace(f.Places) == "0" {
		s.Places = 0 // Clean reads 0 as the default, but the person entered it
	}
	return s, appkernel.JoinFields(faults.Err(), s.Check())
}

// wholeNumber reads a number that can have separators; empty is nil.
func wholeNumber(field, typed string, f *fault.Fields) *int64 {
	plain := text.Ungroup(typed)
	if plain == "" {
		return nil
	}
	n, err := strconv.ParseInt(plain, 10, 64)
	if err != nil {
		f.Add(field, "Enter a whole number such as 5 (you entered %q).", typed)
		return nil
	}
	return &n
}
