package agent

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// Candidate is what routing looks at of an agent.
type Candidate struct {
	ID      ID
	Name    string
	Version Number
	Type    Type
	Tier    Tier
	Circuit Circuit
	Load    Load
	// Inactive and Maintenance take the agent out; MaintenanceUntil is its end.
	Inactive         bool
	MaintenanceUntil *time.Time
	Capabilities     Set
	Avoided          []string
	Model            string
	// LastAt is when the agent got its last work: of equals, the one that waits longest comes first.
	LastAt time.Time
}

// Parts are the parts of a score; they add up to it, unless it is capped at 1.
type Parts struct {
	Tier       float64 `json:"tier"`
	Capability float64 `json:"capability"`
	Load       float64 `json:"load"`
	Available  float64 `json:"available"`
	Preferred  float64 `json:"preferred"`
}

// Ranked is a candidate with its score.
type Ranked struct {
	ID      ID     `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Tier    Tier   `json:"tier"`
	Taken   int64  `json:"taken"`
	Max     int64  `json:"max"`
	// Score is the sum of the parts, at most 1.
	Score float64 `json:"score"`
	Parts Parts   `json:"parts"`
	// Matched counts the required capabilities that it has.
	Matched int `json:"matched"`
	lastAt  time.Time
}

// Excluded is an agent that cannot do the work, with the requirement that excluded it.
type Excluded struct {
	ID     ID     `json:"agent_id"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Routing is a choice with its reasons.
type Routing struct {
	Need     Need       `json:"need"`
	Ranked   []Ranked   `json:"ranked"` // best first
	Excluded []Excluded `json:"excluded"`
	Reason   string     `json:"reason"`
	At       time.Time  `json:"at"`
}

// Chosen is the best candidate; ok is false if nobody fits.
func (r Routing) Chosen() (c Ranked, ok bool) {
	if len(r.Ranked) == 0 {
		return c, false
	}
	return r.Ranked[0], true
}

// Kept is the routing as it is stored: the choice and the next three, and at most twenty of the excluded.
func (r Routing) Kept() Routing {
	r.Ranked, r.Excluded = r.Ranked[:min(4, len(r.Ranked))], r.Excluded[:min(20, len(r.Excluded))]
	return r
}

// Route ranks the candidates for a need: those that can do the work by their score, all others with the requirement that they lack.
// canReach reports whether a model is one of the team's.
//
// Score = 0.4·tier + 0.3·matched/required capabilities + 0.2·load + 0.1 if a place is free, + 0.2 for the preferred agent, + 0.3 for the
// preferred type, at most 1. Of equal scores, the agent that has waited longest for work comes first.
func Route(cs []Candidate, need Need, canReach func(model string) bool, now time.Time) Routing {
	r := Routing{Need: need, At: now}
	required := SetOf(need.Capabilities)
	for i := range cs {
		c := &cs[i]
		matched := bits.OnesCount64(uint64(c.Capabilities & required))
		if why := c.lacks(need, matched, canReach); why != "" {
			r.Excluded = append(r.Excluded, Excluded{c.ID, c.Name, why})
			continue
		}
		r.Ranked = append(r.Ranked, c.score(need, matched))
	}
	slices.SortFunc(r.Ranked, func(a, b Ranked) int {
		switch {
		case a.Score != b.Score:
			return cmp.Compare(b.Score, a.Score)
		case !a.lastAt.Equal(b.lastAt):
			return a.lastAt.Compare(b.lastAt)
		}
		return cmp.Compare(a.ID, b.ID)
	})
	r.Reason = r.sentence()
	return r
}

// lacks is the first requirement that the candidate does not meet, as a sentence; empty if it meets all.
func (c *Candidate) lacks(need Need, matched int, canReach func(string) bool) string {
	switch {
	case c.Inactive:
		return "It is inactive."
	case c.MaintenanceUntil != nil:
		return "It is in maintenance until " + moment(*c.MaintenanceUntil) + "."
	case c.Circuit == Open:
		return "Its circuit is open, because too much of its recent work failed."
	case c.Load.IsFull():
		return fmt.Sprintf("All %d of its places are taken.", c.Load.Max)
	}
	for _, t := range need.Technologies {
		if slices.Contains(c.Avoided, t) {
			return "It avoids " + t + "."
		}
	}
	if len(need.Capabilities) > 0 && matched == 0 {
		return "It has none of the required capabilities."
	}
	if model := cmp.Or(need.Model, c.Model); model != "" && !canReach(model) {
		return "The team has no model " + model + "."
	}
	return ""
}

var (
	tierScore = map[Tier]float64{Elite: 1, Premium: 0.9, Advanced: 0.8, Standard: 0.7, Competent: 0.6, Trainee: 0.4}
	loadScore = map[Level]float64{Idle: 1, Optimal: 0.8, High: 0.5, Critical: 0.2}
)

func (c *Candidate) score(need Need, matched int) Ranked {
	r := Ranked{ID: c.ID, Name: c.Name, Version: c.Version.String(), Tier: c.Tier, Taken: c.Load.Taken, Max: c.Load.Max, Matched: matched, lastAt: c.LastAt}
	r.Parts = Parts{Tier: 0.4 * tierScore[c.Tier], Capability: 0.3, Load: 0.2 * loadScore[c.Load.Level()], Available: 0.1}
	if n := len(need.Capabilities); n > 0 {
		r.Parts.Capability = 0.3 * float64(r.Matched) / float64(n)
	}
	if need.PreferredID != "" && need.PreferredID == c.ID {
		r.Parts.Preferred += 0.2
	}
	if need.PreferredType != "" && need.PreferredType == c.Type {
		r.Parts.Preferred += 0.3
	}
	r.Score = min(1, r.Parts.Tier+r.Parts.Capability+r.Parts.Load+r.Parts.Available+r.Parts.Preferred)
	return r
}

// sentence says why the choice was made, or why nobody fits.
func (r Routing) sentence() string {
	c, ok := r.Chosen()
	if !ok {
		return r.nobody()
	}
	why := []string{"its tier is " + string(c.Tier)}
	if n := len(r.Need.Capabilities); n > 0 {
		why = append(why, fmt.Sprintf("it has %d of %d required capabilities", c.Matched, n))
	}
	why = append(why, fmt.Sprintf("%d of its %d places are taken", c.Taken, c.Max))
	if c.Parts.Preferred > 0 {
		why = append(why, "it was preferred")
	}
	return fmt.Sprintf("%s scores %.2f, the best of %d: %s.", c.Name, c.Score, len(r.Ranked), strings.Join(why, ", "))
}

// nobody counts the reasons of the excluded, the most frequent first.
func (r Routing) nobody() string {
	if len(r.Excluded) == 0 {
		return "The team has no agents."
	}
	counts := map[string]int{}
	for _, e := range r.Excluded {
		counts[e.Reason]++
	}
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	parts := []string{}
	for _, reason := range reasons[:min(3, len(reasons))] {
		parts = append(parts, fmt.Sprintf("%d × %s", counts[reason], strings.TrimSuffix(reason, ".")))
	}
	return fmt.Sprintf("None of %d agents fits: %s.", len(r.Excluded), strings.Join(parts, "; "))
}
