package agents

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Detail is one agent with its versions, newest first, and how its work of the last 30 days ended.
type Detail struct {
	Base     string // the address of the list
	Agent    agent.Agent
	Versions []agent.Version
	Results  []agent.Result
	Now      time.Time
	CanEdit  bool
	// Faults are those of the form for a maintenance or a tier; Reason and Until are what the person entered.
	Faults        ui.Faults
	Reason, Until string
}

func (d Detail) href(parts ...string) string {
	return strings.Join(append([]string{d.Base, string(d.Agent.ID)}, parts...), "/")
}

func (d Detail) figures() agent.Figures {
	return agent.Sum(d.Results, func(agent.Result) bool { return true })
}

// headLine is how many places are taken, and why routing passes over the agent unless that is the reason.
func (d Detail) headLine(zone *time.Location) string {
	line := loadWords(d.Agent.Load) + " places taken."
	if mark, _ := state(d.Agent, d.Now); mark != "queued" {
		line += " " + whyNot(d.Agent, d.Now, zone)
	}
	return line
}

// figure is one cell of the strip with its 30 days.
type figure struct {
	label, value, unit, sub string
	days                    Spark
}

func (d Detail) strip() []figure {
	f := d.figures()
	success := figure{"Success", percentOf(f.Success), "", "of " + ui.Plural(f.Ends, "session") + ", 30 d", SparkOf(d.Results, d.Now, func(f agent.Figures) *float64 { return f.Success })}
	quality := figure{"Quality", rateWord(f.Quality), "", "from checks and feedback", SparkOf(d.Results, d.Now, func(f agent.Figures) *float64 { return f.Quality })}
	took := figure{"Time", medianTime(f.MedianDuration), "median", "running time", SparkOf(d.Results, d.Now, func(f agent.Figures) *float64 {
		minutes := f.MedianDuration.Seconds()
		return &minutes
	})}
	cost := figure{"Cost", medianCost(f.MedianCost), "median", totalCost(d.Results) + " in 30 days", SparkOf(d.Results, d.Now, func(f agent.Figures) *float64 {
		micro := float64(*f.MedianCost)
		return &micro
	})}
	return []figure{success, quality, took, cost}
}

func percentOf(rate *float64) string {
	if rate == nil {
		return ui.Dash
	}
	return ui.Percent(int64(*rate*100_000), 100_000)
}

func totalCost(rs []agent.Result) string {
	var sum int64
	for _, r := range rs {
		sum += r.Cost
	}
	return ui.Money(sum)
}

// capabilityFigure is the success of an agent in work that required a capability.
type capabilityFigure struct {
	name    agent.Capability
	ends    int64
	success *float64
}

// capabilityFigures are those of the agent's capabilities. Below enough ends there is no rate.
func (d Detail) capabilityFigures() (out []capabilityFigure) {
	for _, c := range d.Agent.Current.Spec.Capabilities {
		f := agent.Sum(d.Results, func(r agent.Result) bool { return slices.Contains(r.Capabilities, c) })
		one := capabilityFigure{name: c, ends: f.Ends}
		if f.Ends >= agent.EnoughEnds {
			one.success = f.Success
		}
		out = append(out, one)
	}
	return out
}

// entry is a version with what it changed.
type entry struct {
	version agent.Version
	first   bool // nothing came before it
	changes []agent.Change
	grown   []agent.Rule
}

func (d Detail) entries() (out []entry) {
	for i, v := range d.Versions {
		e := entry{version: v, first: i == len(d.Versions)-1}
		if !e.first {
			before := d.Versions[i+1].Spec
			e.changes, e.grown = agent.Changes(before, v.Spec), v.Grown
		}
		out = append(out, e)
	}
	return out
}

// headline is the first line of the changelog, or which fields changed.
func (e entry) headline() string {
	if line, _, _ := strings.Cut(e.version.Changelog, "\n"); line != "" {
		return line
	}
	if e.version.Number == agent.First {
		return "First version"
	}
	var names []string
	for _, c := range e.changes {
		names = append(names, fieldName(c.Field))
	}
	return "Changes " + strings.Join(names, ", ")
}

// moreLog is the changelog after its first line.
func (e entry) moreLog() string {
	_, more, _ := strings.Cut(e.version.Changelog, "\n")
	return strings.TrimSpace(more)
}

var fieldNames = map[string]string{"agent_type": "type", "model_identifier": "model", "system_prompt": "prompt", "max_steps": "step limit", "max_concurrent_tasks": "sessions at a time",
	"preferred_technologies": "preferred technologies", "avoided_technologies": "avoided technologies"}

// fieldName is a field of a version as people read it.
func fieldName(field string) string {
	if name := fieldNames[field]; name != "" {
		return name
	}
	return field
}

// grownWords says what a rule lets an agent do more than before.
func grownWords(r agent.Rule) string {
	if r.Action == agent.Allow {
		return fmt.Sprintf("%s “%s” runs without an approval", r.Permission, r.Pattern)
	}
	return fmt.Sprintf("%s “%s” needs an approval and is no longer denied", r.Permission, r.Pattern)
}

// GrownSentence lists what rules let an agent do more than before.
func GrownSentence(rs []agent.Rule) string {
	var words []string
	for _, r := range rs {
		words = append(words, grownWords(r))
	}
	return strings.Join(words, "; ") + "."
}

func lineCount(s string) string {
	if s == "" {
		return ""
	}
	return ui.Plural(int64(strings.Count(s, "\n")+1), "line")
}
