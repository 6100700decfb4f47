package agent

import (
	"math"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func reachAll(string) bool { return true }

func candidate(id ID, tier Tier, taken, max int64, cs ...Capability) Candidate {
	return Candidate{ID: id, Name: "agent " + string(id), Version: First, Type: "implementer", Tier: tier, Circuit: Closed, Load: Load{taken, max}, Capabilities: SetOf(cs)}
}

func TestRouteScores(t *testing.T) {
	t.Parallel()
	cs := []Candidate{
		candidate("a", Elite, 0, 5, "testing"), candidate("b", Standard, 4, 5, "testing", "code_review"), candidate("c", Premium, 0, 5, "code_review", "testing"),
		candidate("d", Degraded, 0, 5, "testing"), candidate("e", Elite, 5, 5, "testing", "code_review"), candidate("f", Elite, 0, 5, "deployment"),
	}
	r := Route(cs, Need{Capabilities: []Capability{"testing", "code_review"}}, reachAll, noon)
	got := map[ID]float64{}
	for _, c := range r.Ranked {
		got[c.ID] = math.Round(c.Score*1000) / 1000
		if sum := c.Parts.Tier + c.Parts.Capability + c.Parts.Load + c.Parts.Available + c.Parts.Preferred; math.Abs(sum-c.Score) > 1e-9 {
			t.Errorf("%s: parts add up to %v, not %v", c.ID, sum, c.Score)
		}
	}
	for id, want := range map[ID]float64{"a": 0.4 + 0.15 + 0.2 + 0.1, "b": 0.28 + 0.3 + 0.1 + 0.1, "c": 0.36 + 0.3 + 0.2 + 0.1, "d": 0.15 + 0.2 + 0.1} {
		if math.Abs(got[id]-want) > 1e-9 {
			t.Errorf("%s scores %v, want %v", id, got[id], want)
		}
	}
	if len(r.Ranked)+len(r.Excluded) != len(cs) || r.Ranked[0].ID != "c" {
		t.Errorf("ranked %v, excluded %v", r.Ranked, r.Excluded)
	}
	if !strings.Contains(r.Reason, "agent c scores 0.96, the best of 4") {
		t.Error(r.Reason)
	}
}

func TestRoutePrefers(t *testing.T) {
	t.Parallel()
	cs := []Candidate{candidate("a", Elite, 0, 5), candidate("b", Trainee, 0, 5), candidate("c", Trainee, 0, 5)}
	cs[2].Type = "reviewer"
	if c, _ := Route(cs, Need{PreferredID: "b"}, reachAll, noon).Chosen(); c.ID != "a" {
		t.Errorf("preferred by id, but weaker by more than 0.2: %v", c)
	}
	if c, _ := Route(cs, Need{PreferredType: "reviewer"}, reachAll, noon).Chosen(); c.ID != "c" {
		t.Errorf("preferred by type: %v", c)
	}
}

// Each reason excludes by itself, and the answer names it.
func TestRouteExcludes(t *testing.T) {
	t.Parallel()
	until := noon.Add(time.Hour)
	for name, c := range map[string]struct {
		change func(*Candidate)
		want   string
	}{
		"inactive":    {func(c *Candidate) { c.Inactive = true }, "inactive"},
		"maintenance": {func(c *Candidate) { c.MaintenanceUntil = &until }, "until 1 Dec 2026, 13:00 UTC"},
		"circuit":     {func(c *Candidate) { c.Circuit = Open }, "circuit is open"},
		"full":        {func(c *Candidate) { c.Load.Taken = 5 }, "All 5 of its places"},
		"avoids":      {func(c *Candidate) { c.Avoided = []string{"php"} }, "avoids php"},
		"capability":  {func(c *Candidate) { c.Capabilities = 0 }, "none of the required"},
		"model":       {func(c *Candidate) { c.Model = "gone/model" }, "no model gone/model"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cand := candidate("a", Elite, 0, 5, "testing")
			c.change(&cand)
			r := Route([]Candidate{cand}, Need{Capabilities: []Capability{"testing"}, Technologies: []string{"php"}}, func(m string) bool { return m != "gone/model" }, noon)
			if _, ok := r.Chosen(); ok || len(r.Excluded) != 1 || !strings.Contains(r.Excluded[0].Reason, c.want) || !strings.Contains(r.Reason, "None of 1 agents fits") {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Of equal agents, the one that has waited longest gets the work: so all of them do.
func TestRouteIsFair(t *testing.T) {
	t.Parallel()
	cs := []Candidate{candidate("a", Elite, 0, 9), candidate("b", Elite, 0, 9), candidate("c", Elite, 0, 9)}
	var order []ID
	for i := range 6 {
		c, _ := Route(cs, Need{}, reachAll, noon).Chosen()
		order = append(order, c.ID)
		for j := range cs {
			if cs[j].ID == c.ID {
				cs[j].LastAt = noon.Add(time.Duration(i) * time.Second)
			}
		}
	}
	if got := order[0] + order[1] + order[2] + order[3] + order[4] + order[5]; got != "abcabc" {
		t.Error(order)
	}
}

func TestLoadLevels(t *testing.T) {
	t.Parallel()
	for taken, want := range []Level{Idle, Idle, Idle, Optimal, Optimal, Optimal, Optimal, Optimal, High, High, Overloaded} {
		if got := (Load{int64(taken), 10}).Level(); got != want {
			t.Errorf("%d of 10: %s, want %s", taken, got, want)
		}
	}
	if got := (Load{19, 20}).Level(); got != Critical {
		t.Errorf("19 of 20: %s", got)
	}
}

func TestCircuit(t *testing.T) {
	t.Parallel()
	bad := Recent{Ends: 5, Success: 1000}
	opened := AfterEnd(bad, nil, false, End{}, noon)
	if opened == nil {
		t.Fatal("a rate of 0.2 over 5 ends leaves the circuit closed")
	}
	if AfterEnd(Recent{Ends: 4}, nil, false, End{}, noon) != nil {
		t.Error("4 ends open the circuit")
	}
	a := Agent{CircuitAt: opened}
	for after, want := range map[time.Duration]Circuit{0: Open, 14 * time.Minute: Open, 15 * time.Minute: HalfOpen} {
		if got := a.Circuit(noon.Add(after)); got != want {
			t.Errorf("after %v: %s", after, got)
		}
	}
	a.IsTrying = true
	if got := a.Circuit(noon.Add(time.Hour)); got != Open {
		t.Errorf("while a trial runs: %s", got)
	}
	later := noon.Add(20 * time.Minute)
	if again := AfterEnd(bad, opened, true, End{}, later); again == nil || !again.Equal(later) {
		t.Errorf("after a failed trial: %v", again)
	}
	if AfterEnd(bad, opened, true, End{Success: 1000}, later) != nil {
		t.Error("a successful trial leaves the circuit open")
	}
}

func TestTier(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r    Recent
		want Tier
	}{
		{Recent{}, Standard}, {Recent{Ends: 4, Success: 0}, Standard}, {Recent{Ends: 50, Success: 48_000, Rated: 10, Quality: 9_000}, Elite},
		{Recent{Ends: 50, Success: 48_000, Rated: 10, Quality: 8_900}, Advanced}, {Recent{Ends: 50, Success: 48_000}, Advanced}, {Recent{Ends: 10, Success: 8_500}, Advanced},
		{Recent{Ends: 10, Success: 7_000}, Competent}, {Recent{Ends: 10, Success: 5_000}, Trainee}, {Recent{Ends: 10, Success: 4_999}, Degraded},
	} {
		if got := c.r.Tier(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.r, got, c.want)
		}
	}
}
