// Package agent defines the agents of a team's registry: the prompt and the rights of an agent (its versions), how well it works
// (figures, tier, circuit), how much it can take on (places) and which one fits a piece of work (routing). It does no I/O.
package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// ID is an agent's UUIDv7.
type ID string

// Limits of the fields of an agent.
const (
	MinName, MaxName  = 3, 100
	MaxDescription    = 500
	MaxPrompt         = 50_000
	MaxRules          = 50
	MaxTechnologies   = 20
	MaxPlaces         = 50
	DefaultPlaces     = 5
	MaxSteps          = 1000
	MaxChangelog      = 2000
	MaxMaintenance    = 90 * 24 * time.Hour
	maxTechnologyText = 50
)

// Status is whether an agent takes work.
type Status string

// The statuses. An agent in maintenance is active; Maintenance says until when it takes nothing new.
const (
	Active   Status = "active"
	Inactive Status = "inactive"
)

// Agent is an entry of a team's registry with its current version.
type Agent struct {
	ID     ID
	Name   string
	Status Status
	// Current is the newest version. A session keeps the version that it started with.
	Current Version
	// IsDefault marks the agent of sessions that name no other.
	IsDefault bool
	// Maintenance is nil unless a lead took the agent out of service.
	Maintenance *Maintenance
	// SetTier is the tier that a lead set; empty if it follows the figures.
	SetTier Tier
	Load    Load
	Recent  Recent
	// CircuitAt is when the circuit opened; nil while it is closed.
	CircuitAt *time.Time
	// IsTrying reports whether a trial task of the half-open circuit has started.
	IsTrying             bool
	CreatedAt, ChangedAt time.Time
	CreatedBy            tenant.UserID
	CreatedByName        string
	// Row counts the changes of the entry, for compare-and-set.
	Row int64
}

// Maintenance says why and until when an agent takes no new work.
type Maintenance struct {
	Reason string
	Until  time.Time
	By     string
}

// InMaintenance reports whether the agent takes no new work at now because a lead said so.
func (a Agent) InMaintenance(now time.Time) bool {
	return a.Maintenance != nil && now.Before(a.Maintenance.Until)
}

// Hindrance is why an agent takes no more work at now, as a sentence.
func (a Agent) Hindrance(now time.Time) string {
	switch {
	case a.Status == Inactive:
		return a.Name + " is inactive. A lead can activate it."
	case a.InMaintenance(now):
		return a.Name + " is in maintenance until " + moment(a.Maintenance.Until) + ": " + a.Maintenance.Reason
	case a.Load.IsFull():
		return fmt.Sprintf("all %d places of %s are taken.", a.Load.Max, a.Name)
	}
	return a.Name + " has a free place, which it gets in a moment."
}

// moment is a time as sentences have it.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") + " UTC" }

// Tier is the tier that a lead set, or the one of the figures.
func (a Agent) Tier() Tier {
	if a.SetTier != "" {
		return a.SetTier
	}
	return a.Recent.Tier()
}

// CleanName trims a name and checks its length.
func CleanName(name string) (string, error) {
	name = text.Clean(text.Line(name))
	if n := utf8.RuneCountInString(name); n < MinName || n > MaxName {
		return name, fault.Field("name", "Enter a name of %d to %d characters (you entered %d).", MinName, MaxName, n)
	}
	return name, nil
}

// CheckMaintenance checks the reason and the end of a maintenance that begins at now.
func CheckMaintenance(m Maintenance, now time.Time) error {
	var f fault.Fields
	if n := utf8.RuneCountInString(m.Reason); n < 3 || n > 200 {
		f.Add("reason", "Enter a reason of 3 to 200 characters (you entered %d).", n)
	}
	if !m.Until.After(now) || m.Until.After(now.Add(MaxMaintenance)) {
		f.Add("until", "Choose an end within the next 90 days.")
	}
	return f.Err()
}

// Type is the kind of work an agent is made for.
type Type string

// Types lists the eight types.
func Types() []Type {
	return []Type{"architect", "implementer", "reviewer", "debugger", "integrator", "orchestrator", "analyst", "optimizer"}
}

// Capability is something that an agent can do and that work can require.
type Capability string

var capabilities = []Capability{
	"requirements_analysis", "system_design", "architecture_planning", "task_decomposition",
	"code_generation", "test_generation", "testing", "documentation", "refactoring",
	"code_review", "security_audit", "performance_analysis", "compliance_check",
	"debugging", "bug_fixing", "troubleshooting", "root_cause_analysis", "optimization",
	"deployment", "configuration", "monitoring", "scaling",
	"workflow_orchestration", "resource_allocation", "conflict_resolution", "progress_tracking",
	"api_development", "backend_development", "frontend_development", "database_design", "ci_cd", "error_handling", "performance_optimization",
}

// Capabilities lists all capabilities, related ones together.
func Capabilities() []Capability { return slices.Clone(capabilities) }

// Set is a set of capabilities; a bit stands for each, in the order of Capabilities.
type Set uint64

var bitOf = func() map[Capability]Set {
	bits := map[Capability]Set{}
	for i, c := range capabilities {
		bits[c] = 1 << i
	}
	return bits
}()

// SetOf is the set of some capabilities; unknown ones are in no set.
func SetOf(cs []Capability) (s Set) {
	for _, c := range cs {
		s |= bitOf[c]
	}
	return s
}

// Words is the capability as people read it.
func (c Capability) Words() string { return strings.ReplaceAll(string(c), "_", " ") }

var suggested = map[Type][]Capability{
	"architect":    {"requirements_analysis", "system_design", "architecture_planning", "task_decomposition"},
	"implementer":  {"code_generation", "test_generation", "documentation", "refactoring"},
	"reviewer":     {"code_review", "security_audit", "performance_analysis", "compliance_check"},
	"debugger":     {"debugging", "bug_fixing", "troubleshooting", "root_cause_analysis"},
	"integrator":   {"deployment", "configuration", "monitoring", "scaling"},
	"orchestrator": {"workflow_orchestration", "resource_allocation", "conflict_resolution", "progress_tracking"},
	"analyst":      {"requirements_analysis", "performance_analysis", "root_cause_analysis"},
	"optimizer":    {"optimization", "performance_optimization", "refactoring"},
}

// Suggested lists the capabilities that a new agent of the type starts with, if nobody chooses others.
func (t Type) Suggested() []Capability { return slices.Clone(suggested[t]) }

// CheckCapabilities reports the first unknown or repeated capability under the field, and too few of them.
func checkCapabilities(f *fault.Fields, field string, cs []Capability) {
	if len(cs) == 0 {
		f.Add(field, "Choose at least one capability.")
	}
	for i, c := range cs {
		if !slices.Contains(capabilities, c) {
			f.Add(field, "%q is not a capability. The list of capabilities is in the documentation of the API.", text.Cut(string(c), 60))
			return
		}
		if slices.Contains(cs[:i], c) {
			f.Add(field, "%q is listed twice.", c)
			return
		}
	}
}
