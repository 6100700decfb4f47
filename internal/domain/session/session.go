// Package session defines sessions, each of which is one piece of work by an agent, with their twelve states and the transitions
// between these. It does not depend on SQL or the web. Package tenant defines permissions, package app the order of operations.
package session

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// ID is a session's UUIDv7.
type ID string

// Type is the kind of work in a session.
type Type string

// Types lists the five kinds of work.
func Types() []Type { return []Type{"execution", "planning", "review", "debug", "integration"} }

// Priority orders the queue inside a team: 0 critical … 4 deferred.
type Priority int

// Medium is the default priority.
const Medium Priority = 2

var priorityNames = []string{"critical", "high", "medium", "low", "deferred"}

// Priorities lists the names, most urgent first.
func Priorities() []string { return slices.Clone(priorityNames) }

// String returns the priority's name.
func (p Priority) String() string {
	if p < 0 || int(p) >= len(priorityNames) {
		return "unknown"
	}
	return priorityNames[p]
}

// ParsePriority reads a name or a number from 0 to 4; empty means medium.
func ParsePriority(s string) (Priority, error) {
	if s == "" {
		return Medium, nil
	}
	if i := slices.Index(priorityNames, s); i >= 0 {
		return Priority(i), nil
	}
	if len(s) == 1 && s[0] >= '0' && s[0] <= '4' {
		return Priority(s[0] - '0'), nil
	}
	return 0, fault.Field("priority", "%q is not a priority. Use critical, high, medium, low, deferred or 0 to 4.", s)
}

// WaitingFor is what a running session needs from a person; empty if it is not waiting.
type WaitingFor string

// The things that a session can wait for.
const (
	Approval WaitingFor = "approval"
	Question WaitingFor = "question"
	// LoopStop marks in lists a paused session that repeated itself. No agent asks for it, so no session has it as WaitingFor.
	LoopStop WaitingFor = "loop"
)

// Session is one piece of work by an agent.
type Session struct {
	ID                 ID
	Tenant             tenant.ID
	Title, Description string
	Type               Type
	Priority           Priority
	Status             Status
	Reason             Reason
	StatusAt           time.Time
	WaitingFor         WaitingFor
	ParentID           ID
	RepositoryID       repository.ID
	BaseRef, Branch    string
	BaseCommit         string
	Model              string // "provider/model"
	Agent              string // OpenCode's agent, e.g. "build"
	// AgentID and AgentVersion are the agent of the registry, with the version that the session keeps; empty without one. AgentName is
	// joined. HasPlace reports whether the session holds one of the agent's places.
	AgentID      agent.ID
	AgentVersion string
	AgentName    string
	HasPlace     bool
	// Need is input of a new session that is to be routed. Routing is why its agent was chosen; nil if a person named it. Lists lack it.
	Need            *agent.Need
	Routing         *agent.Routing
	Prompt          string
	MaxDuration     time.Duration
	MaxTokens       *int64
	MaxCostMicroUSD *int64
	Resources       tenant.Resources
	// NoMaxTokens and NoMaxCost are input of a new session: it is to have no such limit, instead of its team's. They are not stored.
	NoMaxTokens, NoMaxCost bool
	Tags                   []string
	Metadata               json.RawMessage
	CreatedBy              tenant.UserID
	CreatedByName          string // read-only, joined for views
	RepositoryName         string // read-only, joined for views
	Attempt                int
	RetryCount             int
	RetryAt                *time.Time
	// Ran is the running time of this attempt before RanSince. While the session runs, add now − RanSince.
	Ran      time.Duration
	RanSince *time.Time
	Tokens   usage.Counts
	// CostMicroUSD is the sum of the costs of all model calls.
	CostMicroUSD int64
	// Doing is one line about the agent's current activity, for lists.
	Doing        string
	LastEventAt  *time.Time
	LastSeq      int64
	FilesChanged int
	Additions    int
	Deletions    int
	// Conversation is the agent's own session ID; empty until there is one.
	Conversation string
	Version      int64
	CreatedAt    time.Time
	QueuedAt     *time.Time
	StartedAt    *time.Time
	EndedAt      *time.Time
	// Checks, PushedAt, MergedAt and RevertedAt are those of the outcome of the current attempt, once it has ended; read-only, joined.
	Checks                         Checks
	PushedAt, MergedAt, RevertedAt *time.Time
}

// NeedsPerson reports whether a session waits for a person's answer: to an approval or a question, or to how it should continue after it
// repeated itself.
func (s Session) NeedsPerson() bool {
	return s.WaitingFor != "" || s.IsLooped()
}

// IsLooped reports whether a session was paused because it repeated itself, and nobody has said yet how it should continue.
func (s Session) IsLooped() bool { return s.Status == Paused && s.Reason.Code == LoopDetected }

// Elapsed is the running time of the current attempt at now. It excludes time queued, paused or waiting for a person.
func (s Session) Elapsed(now time.Time) time.Duration {
	if s.RanSince == nil {
		return s.Ran
	}
	return s.Ran + max(0, now.Sub(*s.RanSince))
}

// Health is a figure by which lists can be sorted: 1 is completed; 0 is failed, timed out or orphaned. The health of a running session
// decreases as its time runs out. ok is false for sessions that a person stopped or cancelled.
func (s Session) Health(now time.Time) (h float64, ok bool) {
	switch s.Status {
	case Completed:
		return 1, true
	case PartiallyCompleted:
		return 0.7, true
	case Failed, Timeout, Orphaned:
		return 0, true
	case Degraded:
		return 0.5, true
	case Pending, Queued, Paused:
		return 0.8, true
	case Running:
		switch part := float64(s.Elapsed(now)) / float64(s.MaxDuration); {
		case part <= 0.7:
			return 0.9, true
		case part <= 0.9:
			return 0.7, true
		}
		return 0.3, true
	}
	return 0, false
}

// Limits of a session's fields.
const (
	MaxTitle           = 200
	MaxDescription     = 1000
	MaxPrompt          = 100_000
	MaxMetadata        = 16 << 10
	DefaultMaxDuration = time.Hour
)

var emptyTitles = []string{"test session", "new session", "untitled", "coding task", "development session"}

// agentPattern is the form of OpenCode's agent names, which become part of its requests and file names.
var agentPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Check validates all fields of s as a user entered it. Call Clean first.
func (s Session) Check() error {
	var f fault.Fields
	switch n := utf8.RuneCountInString(s.Title); {
	case n < 1 || n > MaxTitle:
		f.Add("title", "Enter a title of 1 to %d characters (you entered %d).", MaxTitle, n)
	case slices.Contains(emptyTitles, strings.ToLower(s.Title)):
		f.Add("title", "A title like %q is hard to find later. Name the outcome instead, for example \"Refuse a start over budget\".", s.Title)
	}
	if n := utf8.RuneCountInString(s.Description); n > MaxDescription {
		f.Add("description", "Use at most %d characters for the description (you entered %d).", MaxDescription, n)
	}
	if n := utf8.RuneCountInString(s.Prompt); n < 1 || n > MaxPrompt {
		f.Add("initial_prompt", "Enter a prompt of 1 to %d characters (you entered %d).", MaxPrompt, n)
	}
	if !slices.Contains(Types(), s.Type) {
		f.Add("session_type", "%q is not a session type. Use planning, execution, review, debug or integration.", s.Type)
	}
	if s.Priority < 0 || s.Priority > 4 {
		f.Add("priority", "Enter a priority from 0 to 4 (you entered %d).", s.Priority)
	}
	if _, _, ok := provider.SplitIdentifier(s.Model); !ok {
		f.Add("model_identifier", "%q is not a model. Use the form provider/model.", s.Model)
	}
	if !agentPattern.MatchString(s.Agent) {
		f.Add("opencode_agent", "%q is not a valid agent name. Use 1 to 64 letters, digits, dots, hyphens or underscores, as in \"build\".", s.Agent)
	}
	if s.MaxDuration < time.Minute || s.MaxDuration > 24*time.Hour {
		f.Add("max_duration_seconds", "Enter a time limit of 60 to 86,400 seconds (you entered %d).", int64(s.MaxDuration/time.Second))
	}
	if n := s.MaxTokens; n != nil && (*n < 1 || *n > quota.MaxLimit) {
		f.Add("max_tokens", "Enter a token limit from 1 to %s, or leave it empty (you entered %d).", quota.Count(quota.MaxLimit), *n)
	}
	if n := s.MaxCostMicroUSD; n != nil && (*n < 1 || *n > quota.MaxLimit) {
		f.Add("max_cost_microusd", "Enter a cost limit from 1 to %s micro-dollars, or leave it empty (you entered %d).", quota.Count(quota.MaxLimit), *n)
	}
	s.Resources.Check(&f, "")
	if s.BaseRef != "" {
		if err := repository.CheckRef("base_ref", s.BaseRef); err != nil {
			f.Add("base_ref", "%s", err.Error())
		}
	}
	s.checkTags(&f)
	return f.Err()
}

func (s Session) checkTags(f *fault.Fields) {
	if len(s.Tags) > 20 {
		f.Add("tags", "Enter at most 20 tags (you entered %d).", len(s.Tags))
	}
	for _, t := range s.Tags {
		if n := utf8.RuneCountInString(t); n < 1 || n > 50 {
			f.Add("tags", "The tag %q is too long. Use 1 to 50 characters.", t)
		}
	}
	var object map[string]any
	if len(s.Metadata) > MaxMetadata || json.Unmarshal(s.Metadata, &object) != nil || object == nil {
		f.Add("metadata", "Metadata must be a JSON object of at most %d bytes.", MaxMetadata)
	}
}

// Clean trims the input, makes text valid UTF-8 without NUL and sets defaults.
func (s Session) Clean() Session {
	s.Title, s.Description = text.Clean(text.Line(s.Title)), text.Clean(text.Line(s.Description))
	s.Prompt = text.Clean(s.Prompt)
	if text.Line(s.Prompt) == "" {
		s.Prompt = ""
	}
	if s.Type == "" {
		s.Type = "execution"
	}
	if s.Agent == "" {
		s.Agent = "build"
	}
	if s.MaxDuration == 0 {
		s.MaxDuration = DefaultMaxDuration
	}
	if len(s.Metadata) == 0 {
		s.Metadata = json.RawMessage("{}")
	}
	tags := make([]string, 0, len(s.Tags))
	for _, t := range s.Tags {
		if t = text.Clean(text.Line(t)); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	s.Tags = tags
	return s
}

var notInBranch = strings.NewReplacer(" ", "-", "_", "-", "/", "-", ".", "-")

// BranchName returns orchestrator/<short ID>-<slug of the title>.
func BranchName(id ID, title string) string {
	var b strings.Builder
	for _, c := range notInBranch.Replace(strings.ToLower(title)) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' && b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteRune(c)
		}
		if b.Len() == 40 {
			break
		}
	}
	slug := strings.Trim(b.String(), "-")
	if slug == "" {
		slug = "work"
	}
	return "orchestrator/" + Short(id) + "-" + slug
}

// Short is the form of an ID that people see: its end, which differs even between IDs created at the same time.
func Short(id ID) string {
	if len(id) != 36 {
		return string(id)
	}
	return string(id[28:])
}
