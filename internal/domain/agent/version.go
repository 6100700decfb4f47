package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Runner is how an agent is driven.
type Runner string

// OpenCode is the only runner of this version.
const OpenCode Runner = "opencode"

// Version is an immutable version of an agent.
type Version struct {
	Number    Number
	Spec      Spec
	Digest    string // of the spec, as Spec.Digest makes it
	Changelog string
	// Grown are the rules by which the agent may do more than in the version before.
	Grown     []Rule
	SavedAt   time.Time
	SavedBy   tenant.UserID
	SavedName string
}

// Spec is what a version fixes.
type Spec struct {
	Type         Type         `json:"agent_type"`
	Description  string       `json:"description"`
	Capabilities []Capability `json:"capabilities"`
	Preferred    []string     `json:"preferred_technologies"`
	Avoided      []string     `json:"avoided_technologies"`
	Runner       Runner       `json:"runner"`
	Model        string       `json:"model_identifier"` // "provider/model"; empty leaves the choice to the session
	Prompt       string       `json:"system_prompt"`    // empty leaves the runner's own
	Temperature  *float64     `json:"temperature"`      // 0 to 2; nil leaves the model's default
	MaxSteps     *int64       `json:"max_steps"`        // model calls of one turn; nil is no limit
	Places       int64        `json:"max_concurrent_tasks"`
	Permissions  []Rule       `json:"permissions"`
}

// Clean trims the texts of a spec and sets its defaults.
func (s Spec) Clean() Spec {
	s.Description, s.Prompt, s.Model = text.Clean(text.Line(s.Description)), strings.TrimSpace(text.Clean(s.Prompt)), strings.TrimSpace(s.Model)
	s.Preferred, s.Avoided = cleanTechnologies(s.Preferred), cleanTechnologies(s.Avoided)
	if s.Runner == "" {
		s.Runner = OpenCode
	}
	if s.Places == 0 {
		s.Places = DefaultPlaces
	}
	if len(s.Capabilities) == 0 {
		s.Capabilities = s.Type.Suggested()
	}
	if s.Permissions == nil {
		s.Permissions = []Rule{}
	}
	return s
}

func cleanTechnologies(in []string) []string {
	out := []string{}
	for _, t := range in {
		if t = strings.ToLower(text.Clean(text.Line(t))); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// Check reports what is wrong with a spec, by field. Call Clean first.
func (s Spec) Check() error {
	var f fault.Fields
	if !slices.Contains(Types(), s.Type) {
		f.Add("agent_type", "%q is not a type of agent. Use architect, implementer, reviewer, debugger, integrator, orchestrator, analyst or optimizer.", text.Cut(string(s.Type), 60))
	}
	checkCapabilities(&f, "capabilities", s.Capabilities)
	if n := utf8.RuneCountInString(s.Description); n > MaxDescription {
		f.Add("description", "Use at most %d characters for the description (you entered %d).", MaxDescription, n)
	}
	if n := utf8.RuneCountInString(s.Prompt); n > MaxPrompt {
		f.Add("system_prompt", "Use at most %d characters for the system prompt (you entered %d).", MaxPrompt, n)
	}
	if s.Runner != OpenCode {
		f.Add("runner", "%q is not a runner. Use opencode.", text.Cut(string(s.Runner), 60))
	}
	if _, _, ok := provider.SplitIdentifier(s.Model); s.Model != "" && !ok {
		f.Add("model_identifier", "%q is not a model. Use the form provider/model.", text.Cut(s.Model, 200))
	}
	s.checkNumbers(&f)
	checkTechnologies(&f, "preferred_technologies", s.Preferred)
	checkTechnologies(&f, "avoided_technologies", s.Avoided)
	for _, t := range s.Preferred {
		if slices.Contains(s.Avoided, t) {
			f.Add("avoided_technologies", "%q is preferred and avoided. Choose one.", t)
		}
	}
	checkRules(&f, s.Permissions)
	return f.Err()
}

func (s Spec) checkNumbers(f *fault.Fields) {
	if t := s.Temperature; t != nil && !(*t >= 0 && *t <= 2) {
		f.Add("temperature", "Enter a temperature from 0 to 2, or leave it empty.")
	}
	if n := s.MaxSteps; n != nil && (*n < 1 || *n > MaxSteps) {
		f.Add("max_steps", "Enter a limit of 1 to %d steps, or leave it empty (you entered %d).", MaxSteps, *n)
	}
	if s.Places < 1 || s.Places > MaxPlaces {
		f.Add("max_concurrent_tasks", "Enter 1 to %d sessions at a time (you entered %d).", MaxPlaces, s.Places)
	}
}

func checkTechnologies(f *fault.Fields, field string, list []string) {
	if len(list) > MaxTechnologies {
		f.Add(field, "Enter at most %d technologies (you entered %d).", MaxTechnologies, len(list))
	}
	for _, t := range list {
		if utf8.RuneCountInString(t) > maxTechnologyText {
			f.Add(field, "The technology %q is too long. Use at most %d characters.", text.Cut(t, 60), maxTechnologyText)
			return
		}
	}
}

// Digest identifies the content of a spec: "sha256:" and 64 hex digits of its JSON.
func (s Spec) Digest() string {
	b, _ := json.Marshal(s) // a spec holds only texts, numbers that were checked, and lists of them
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Number is a semantic version: major, minor, patch.
type Number struct{ Major, Minor, Patch int64 }

// First is the number of a new agent's first version.
var First = Number{Minor: 1}

// String is the number as major.minor.patch.
func (n Number) String() string { return fmt.Sprintf("%d.%d.%d", n.Major, n.Minor, n.Patch) }

// After reports whether n is a later version than o.
func (n Number) After(o Number) bool {
	return slices.Compare([]int64{n.Major, n.Minor, n.Patch}, []int64{o.Major, o.Minor, o.Patch}) > 0
}

// Next is the number after n for a change of the size.
func (n Number) Next(size Size) Number {
	switch size {
	case Major:
		return Number{Major: n.Major + 1}
	case Minor:
		return Number{Major: n.Major, Minor: n.Minor + 1}
	}
	return Number{n.Major, n.Minor, n.Patch + 1}
}

// ParseNumber reads major.minor.patch with at most nine digits each.
func ParseNumber(s string) (n Number, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return n, false
	}
	for i, to := range []*int64{&n.Major, &n.Minor, &n.Patch} {
		v, err := strconv.ParseInt(parts[i], 10, 32)
		if err != nil || v < 0 || strconv.FormatInt(v, 10) != parts[i] {
			return Number{}, false
		}
		*to = v
	}
	return n, true
}
