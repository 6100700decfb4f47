// Package agents draws the pages of a team's agents: the list with the trial of routing, one agent, and the form of a version.
package agents

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Row is an agent of the list with what ended on each of the last 30 days.
type Row struct {
	Href  string
	Agent agent.Agent
	Days  []agent.Day
	Now   time.Time
}

// state is the mark of an agent and its word.
func state(a agent.Agent, now time.Time) (mark, word string) {
	switch {
	case a.Status == agent.Inactive:
		return "stopped", "inactive"
	case a.InMaintenance(now):
		return "paused", "in maintenance"
	case a.Circuit(now) == agent.Open:
		return "failed", "circuit open"
	case a.Circuit(now) == agent.HalfOpen:
		return "degraded", "circuit half open"
	case a.Load.IsFull():
		return "queued", "full"
	case a.Load.Taken > 0:
		return "running", "working"
	}
	return "idle", "idle"
}

// whyNot is why routing passes over an agent, or what is special about it; empty if nothing is.
func whyNot(a agent.Agent, now time.Time, zone *time.Location) string {
	switch {
	case a.Status == agent.Inactive:
		return "Inactive: it takes no sessions."
	case a.InMaintenance(now):
		return fmt.Sprintf("Maintenance by %s until %s: %s", a.Maintenance.By, moment(a.Maintenance.Until, zone), a.Maintenance.Reason)
	case a.Circuit(now) == agent.Open && a.IsTrying:
		return failing(a) + " A trial session is in progress."
	case a.Circuit(now) == agent.Open:
		return failing(a) + " One trial session after " + a.CircuitAt.Add(agent.TrialAfter).In(zone).Format("15:04") + "."
	case a.Circuit(now) == agent.HalfOpen:
		return "Half open: the next session is a trial."
	case a.Tier() == agent.Degraded:
		return "Not routed: its tier is degraded."
	case a.Load.IsFull():
		return fmt.Sprintf("Full: all %d places are taken.", a.Load.Max)
	}
	return ""
}

func failing(a agent.Agent) string {
	rate, _ := a.Recent.SuccessRate()
	return fmt.Sprintf("Success is %.2f.", rate)
}

func moment(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 Jan, 15:04 MST") }

// whyClass colours the reason of an agent whose circuit is not closed.
func whyClass(a agent.Agent, now time.Time) string {
	switch a.Circuit(now) {
	case agent.Open:
		return "text-bad"
	case agent.HalfOpen:
		return "text-warn"
	}
	return "t3"
}

func capabilityNames(cs []agent.Capability) string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// tierFigures is what a tier is made of.
func tierFigures(a agent.Agent) string {
	rate, _ := a.Recent.SuccessRate()
	switch q, rated := a.Recent.MeanQuality(); {
	case a.SetTier != "":
		return "by a lead"
	case a.Recent.Ends < agent.EnoughEnds:
		return fmt.Sprintf("%d of %d sessions", a.Recent.Ends, agent.EnoughEnds)
	case rated:
		return fmt.Sprintf("%.2f, q %.2f", rate, q)
	}
	return fmt.Sprintf("%.2f", rate)
}

func loadWords(l agent.Load) string { return ui.Count(l.Taken) + " of " + ui.Count(l.Max) }

// circuitWord is the mark of a circuit, its word and its colour.
func circuitWord(c agent.Circuit) (mark, word, class string) {
	switch c {
	case agent.Open:
		return "failed", "open", "text-bad"
	case agent.HalfOpen:
		return "degraded", "half open", "text-warn"
	}
	return "ok", "closed", ""
}

// successOf is the share of success of days.
func successOf(days []agent.Day) string {
	var ends, success int64
	for _, d := range days {
		ends, success = ends+d.Ends, success+d.Success
	}
	return ui.Percent(success, ends*1000)
}

func medianCost(micro *int64) string {
	if micro == nil {
		return ui.Dash
	}
	return ui.Money(*micro)
}

func medianTime(d *time.Duration) string {
	if d == nil {
		return ui.Dash
	}
	return ui.Span(*d)
}

func rateWord(f *float64) string {
	if f == nil {
		return ui.Dash
	}
	return strconv.FormatFloat(*f, 'f', 2, 64)
}
