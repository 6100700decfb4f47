package agents

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// WhatIf is a trial of routing: the need as it was entered, and the ranking. It reserves nothing.
type WhatIf struct {
	Need    agent.Need
	Routing agent.Routing
	Faults  ui.Faults
}

// query are the parameters of the need without one capability.
func (w WhatIf) query(without agent.Capability) [][2]string {
	var out [][2]string
	for _, c := range w.Need.Capabilities {
		if c != without {
			out = append(out, [2]string{"need", string(c)})
		}
	}
	return append(out, kept([][2]string{{"technologies", strings.Join(w.Need.Technologies, ", ")}, {"preferred_type", string(w.Need.PreferredType)}})...)
}

// ScorePart is a part of a score in hundredths.
type ScorePart struct {
	Name       string
	Hundredths int64
}

// ScoreParts are the parts of a score, rounded so that they add up to the rounded sum.
func ScoreParts(p agent.Parts) []ScorePart {
	values := []float64{p.Tier, p.Capability, p.Load, p.Available, p.Preferred}
	parts := []ScorePart{{Name: "tier"}, {Name: "capability"}, {Name: "load"}, {Name: "free"}, {Name: "preferred"}}
	sum, left := 0.0, int64(0)
	order := make([]int, len(values))
	for i, v := range values {
		sum, order[i] = sum+v, i
		parts[i].Hundredths = int64(math.Floor(v*100 + 1e-9))
		left -= parts[i].Hundredths
	}
	left += int64(math.Round(sum * 100))
	rest := func(i int) float64 { return values[i]*100 - float64(parts[i].Hundredths) }
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rest(a) > rest(b):
			return -1
		case rest(a) < rest(b):
			return 1
		}
		return 0
	})
	for _, i := range order[:max(0, min(int(left), len(order)))] {
		parts[i].Hundredths++
	}
	if p.Preferred == 0 {
		parts = parts[:4]
	}
	return parts
}

// Decimal writes hundredths: 0.32.
func Decimal(hundredths int64) string { return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100) }

// sumOf is the sum of parts.
func sumOf(parts []ScorePart) (n int64) {
	for _, p := range parts {
		n += p.Hundredths
	}
	return n
}

// spot is where a part begins and how wide it is, in percent of the bar; a bar is 1.00 wide, or the sum if that is more.
func spot(parts []ScorePart, i int) (x, width string) {
	whole := float64(max(100, sumOf(parts)))
	return short(float64(sumOf(parts[:i]))/whole*100) + "%", short(max(0, float64(parts[i].Hundredths)/whole*100-0.6)) + "%"
}

// rest is the empty end of the bar.
func rest(parts []ScorePart) (x, width string) {
	sum := float64(min(100, sumOf(parts)))
	return short(sum) + "%", short(100-sum) + "%"
}

func partWords(parts []ScorePart) string {
	var words []string
	for _, p := range parts {
		words = append(words, p.Name+" "+Decimal(p.Hundredths))
	}
	return strings.Join(words, ", ")
}

// rankLine is what a candidate has, in one line.
func rankLine(r agent.Ranked, need agent.Need) string {
	words := []string{string(r.Tier)}
	if n := len(need.Capabilities); n > 0 {
		words = append(words, fmt.Sprintf("has %d of %d", r.Matched, n))
	}
	return strings.Join(append(words, fmt.Sprintf("load %d of %d", r.Taken, r.Max)), ", ")
}

// excludedMark is the mark of a reason that excludes an agent.
func excludedMark(reason string) string {
	for _, m := range [][2]string{{"inactive", "stopped"}, {"maintenance", "paused"}, {"circuit", "failed"}, {"degraded", "degraded"}, {"places", "queued"}} {
		if strings.Contains(reason, m[0]) {
			return m[1]
		}
	}
	return "open"
}
