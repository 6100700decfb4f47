package quota

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The names of the limits of a team's sessions.
const (
	TokensPerSession = "max_tokens_per_session"
	CostPerSession   = "max_cost_microusd_per_session"
	Repeats          = "max_repeats"
	MemoryPerSession = "max_memory_bytes_per_session"
	CPUPerSession    = "max_cpu_milli_per_session"
	TasksPerSession  = "max_tasks_per_session"
)

// SessionLimits is a change of the limits that a team's sessions have unless their creators set others. A nil field changes nothing; a
// limit set to nil is removed.
type SessionLimits struct {
	Tokens, Cost **int64
	// Memory, CPU and Tasks limit what a session takes of the host, as tenant.Resources.
	Memory, CPU, Tasks **int64
	// Repeats is the number of repeats that pauses a session, 3 to 10.
	Repeats *int
}

// Check validates the change as a user entered it.
func (c SessionLimits) Check() error {
	var f fault.Fields
	for _, n := range []struct {
		name string
		to   **int64
	}{{TokensPerSession, c.Tokens}, {CostPerSession, c.Cost}} {
		if n.to != nil && *n.to != nil && (**n.to < 1 || **n.to > MaxLimit) {
			f.Add(n.name, "Enter a limit from 1 to %s, or none for no limit (you entered %d).", Count(MaxLimit), **n.to)
		}
	}
	if c.Repeats != nil && (*c.Repeats < loop.MinRepeats || *c.Repeats > loop.MaxRepeats) {
		f.Add(Repeats, "Enter %d to %d repeats (you entered %d).", loop.MinRepeats, loop.MaxRepeats, *c.Repeats)
	}
	SessionLimits{Memory: c.Memory, CPU: c.CPU, Tasks: c.Tasks}.Apply(tenant.Limits{}).Session.Check(&f, "_per_session")
	return f.Err()
}

// Apply returns the limits of a team after the change.
func (c SessionLimits) Apply(l tenant.Limits) tenant.Limits {
	if c.Tokens != nil {
		l.SessionTokens = *c.Tokens
	}
	if c.Cost != nil {
		l.SessionCost = *c.Cost
	}
	if c.Repeats != nil {
		l.MaxRepeats = *c.Repeats
	}
	for _, x := range []struct {
		set **int64
		to  **int64
	}{{c.Memory, &l.Session.Memory}, {c.CPU, &l.Session.CPU}, {c.Tasks, &l.Session.Tasks}} {
		if x.set != nil {
			*x.to = *x.set
		}
	}
	return l
}

// Detail lists the changes for the audit log.
func (c SessionLimits) Detail() (out []string) {
	line := func(name string, n *int64) {
		words := "none"
		if n != nil {
			words = Count(*n)
		}
		out = append(out, name+" = "+words)
	}
	for _, x := range []struct {
		name string
		to   **int64
	}{{TokensPerSession, c.Tokens}, {CostPerSession, c.Cost}, {MemoryPerSession, c.Memory}, {CPUPerSession, c.CPU}, {TasksPerSession, c.Tasks}} {
		if x.to != nil {
			line(x.name, *x.to)
		}
	}
	if c.Repeats != nil {
		n := int64(*c.Repeats)
		line(Repeats, &n)
	}
	return out
}
