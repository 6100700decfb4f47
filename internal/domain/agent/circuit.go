package agent

import "time"

// Circuit is whether routing trusts an agent.
type Circuit string

// The circuit is open for an agent whose work fails; then routing passes over it. After TrialAfter it is half open: one task tries.
const (
	Closed   Circuit = "closed"
	HalfOpen Circuit = "half_open"
	Open     Circuit = "open"
)

const (
	// TrialAfter is how long a circuit stays open before one task tries.
	TrialAfter = 15 * time.Minute
	opensBelow = 0.30
	closesFrom = 0.50
)

// Circuit is the agent's circuit at now. While a trial runs, it is open for others.
func (a Agent) Circuit(now time.Time) Circuit {
	switch {
	case a.CircuitAt == nil:
		return Closed
	case a.IsTrying || now.Before(a.CircuitAt.Add(TrialAfter)):
		return Open
	}
	return HalfOpen
}

// AfterEnd is when the circuit opened, after an end at now that made the figures recent; nil if it is closed. It opens below a rate of success
// of 0.30 over at least EnoughEnds. A failed trial opens it again for TrialAfter; it closes after a successful one or above 0.50.
func AfterEnd(recent Recent, opened *time.Time, trying bool, e End, now time.Time) *time.Time {
	rate, _ := recent.SuccessRate()
	switch {
	case opened == nil && recent.Ends >= EnoughEnds && rate < opensBelow:
		return &now
	case opened == nil, rate > closesFrom, trying && e.Success == 1000:
		return nil
	case trying:
		return &now
	}
	return opened
}
