// Package session holds sessions: one piece of work given to an agent, its twelve states and their moves.
// It knows neither SQL nor web; who may do what is tenant's, in which order things happen is app's.
package session

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// ID is a session's UUIDv7.
type ID string

// Type is what kind of work a session is.
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

// String is the priority's name.
func (p Priority) String() string {
	if p < 0 || int(p) >= len(priorityNames) {
		return "unknown"
	}
	return priorityNames[p]
}

// ParsePriority reads a name or a number 0 to 4; empty is medium.
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
	return 0, fault.Field("priority", "A priority is critical, high, medium, low, deferred or 0 to 4; %q is not.", s)
}

// WaitingFor says what a running session waits for a person for; empty when it does not.
type WaitingFor string

// What a session can wait for a person for.
const (
	Approval WaitingFor = "approval"
	Question WaitingFor = "question"
)

// Session is one piece of work given to an agent.
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
	Prompt             string
	MaxDuration        time.Duration
	MaxTokens          *int64
	MaxCostMicroUSD    *int64
	Tags               []string
	Metadata           json.RawMessage
	CreatedBy          tenant.UserID
	CreatedByName      string // read only, joined for views
	RepositoryName     string // read only, joined for views
	Attempt            int
	RetryCount         int
	RetryAt            *time.Time
	// Ran is the running time of this attempt until RanSince; while the clock runs, add now − RanSince.
	Ran      time.Duration
	RanSince *time.Time
	Tokens   usage.Counts
	// CostMicroUSD is Σ of the calls' costs.
	CostMicroUSD int64
	// Doing is one line about what the agent does now, for lists.
	Doing        string
	LastEventAt  *time.Time
	LastSeq      int64
	FilesChanged int
	Additions    int
	Deletions    int
	// Conversation is the agent's own session id; empty until it has one.
	Conversation string
	Version      int64
	CreatedAt    time.Time
	QueuedAt     *time.Time
	StartedAt    *time.Time
	EndedAt      *time.Time
}

// Elapsed is the running time of the current attempt at now: not queued, not paused, not waiting for a person.
func (s Session) Elapsed(now time.Time) time.Duration {
	if s.RanSince == nil {
		return s.Ran
	}
	return s.Ran + max(0, now.Sub(*s.RanSince))
}

// Health is one figure for how a session goes, so that a list can be sorted by it: 1 is completed, 0 is failed, timed out or
// orphaned; what runs loses health as its time runs out. ok is false for what a person stopped or cancelled.
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

// agentPattern is what OpenCode's agents are called by; the name goes into its requests and file names.
var agentPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Check gives every fault of s as a person entered it, after Clean.
func (s Session) Check() error {
	var f fault.Fields
	switch n := utf8.RuneCountInString(s.Title); {
	case n < 1 || n > MaxTitle:
		f.Add("title", "A title has 1 to %d characters; this one has %d.", MaxTitle, n)
	case slices.Contains(emptyTitles, strings.ToLower(s.Title)):
		f.Add("title", "%q says nothing in a list of forty. Name the outcome, for example \"Refuse a start over budget\".", s.Title)
	}
	if n := utf8.RuneCountInString(s.Description); n > MaxDescription {
		f.Add("description", "A description has at most %d characters; this one has %d.", MaxDescription, n)
	}
	if n := utf8.RuneCountInString(s.Prompt); n < 1 || n > MaxPrompt {
		f.Add("initial_prompt", "A prompt has 1 to %d characters; this one has %d.", MaxPrompt, n)
	}
	if !slices.Contains(Types(), s.Type) {
		f.Add("session_type", "A session's type is planning, execution, review, debug or integration; %q is none of them.", s.Type)
	}
	if s.Priority < 0 || s.Priority > 4 {
		f.Add("priority", "A priority is 0 to 4; %d is not.", s.Priority)
	}
	if _, _, ok := provider.SplitIdentifier(s.Model); !ok {
		f.Add("model_identifier", "A model is named provider/model; %q is not.", s.Model)
	}
	if !agentPattern.MatchString(s.Agent) {
		f.Add("opencode_agent", "An agent's name has 1 to 64 letters, digits, dots, dashes or underscores, such as build; %q is not.", s.Agent)
	}
	if s.MaxDuration < time.Minute || s.MaxDuration > 24*time.Hour {
		f.Add("max_duration_seconds", "A limit lies between 60 and 86,400 seconds; %d does not.", int64(s.MaxDuration/time.Second))
	}
	if s.MaxTokens != nil && *s.MaxTokens < 1 {
		f.Add("max_tokens", "A session's token limit is 1 or more, or none; %d is not.", *s.MaxTokens)
	}
	if s.MaxCostMicroUSD != nil && *s.MaxCostMicroUSD < 1 {
		f.Add("max_cost_microusd", "A session's cost limit is 1 micro-dollar or more, or none; %d is not.", *s.MaxCostMicroUSD)
	}
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
		f.Add("tags", "A session has at most 20 tags; there are %d.", len(s.Tags))
	}
	for _, t := range s.Tags {
		if n := utf8.RuneCountInString(t); n < 1 || n > 50 {
			f.Add("tags", "A tag has 1 to 50 characters; %q does not.", t)
		}
	}
	var object map[string]any
	if len(s.Metadata) > MaxMetadata || json.Unmarshal(s.Metadata, &object) != nil || object == nil {
		f.Add("metadata", "Metadata is a JSON object of at most %d bytes.", MaxMetadata)
	}
}

// Clean trims what people type, makes text valid UTF-8 without NUL and fills defaults.
func (s Session) Clean() Session {
	s.Title, s.Description = text.Clean(strings.TrimSpace(s.Title)), text.Clean(strings.TrimSpace(s.Description))
	s.Prompt = text.Clean(s.Prompt)
	if strings.TrimSpace(s.Prompt) == "" {
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
		if t = text.Clean(strings.TrimSpace(t)); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	s.Tags = tags
	return s
}

// CleanText is text.Clean.
func CleanText(s string) string { return text.Clean(s) }

var notInBranch = strings.NewReplacer(" ", "-", "_", "-", "/", "-", ".", "-")

// BranchName is orchestrator/<short id>-<slug of the title>.
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

// Short is the end of an id, which differs between ids made close together; people see it.
func Short(id ID) string {
	if len(id) != 36 {
		return string(id)
	}
	return string(id[28:])
}

// Message is what a person tells the agent: the prompt or a later note. ID is the id the agent knows it by.
type Message struct {
	ID        string // "msg_…", chosen by us, so that sending twice is safe
	PartID    string // "prt_…"
	Text      string
	CreatedBy tenant.UserID
	CreatedAt time.Time
	SentAt    *time.Time
	Attempt   int
}

// Ask is a permission or a question the agent asked; it is open while Reply is empty.
type Ask struct {
	ID         string // our own id
	SourceID   string // "per_…" or "que_…"
	Kind       WaitingFor
	Permission string   // e.g. "bash", "edit"
	Patterns   []string // what exactly is asked, e.g. the command
	Always     []string // what "always" would allow
	Metadata   json.RawMessage
	Questions  json.RawMessage // of a question: [{question, header, options:[{label, description}], multiple}]
	Attempt    int
	AskedAt    time.Time
	Reply      Reply
	Message    string
	RepliedBy  tenant.UserID
	RepliedAt  *time.Time
	// DeliveredAt is when the agent took the reply.
	DeliveredAt *time.Time
	// Gone is true when the agent that asked no longer exists; the ask is kept to be read.
	Gone bool
}

// Reply is the answer to an Ask.
type Reply string

// The replies. Answered is for questions.
const (
	Once     Reply = "once"
	Always   Reply = "always"
	Reject   Reply = "reject"
	Answered Reply = "answered"
)

// FileChange is one file of a session's diff against its base commit. Status is added, modified, deleted or renamed.
type FileChange struct {
	Path, OldPath        string
	Status               string
	Additions, Deletions int
	Binary               bool
	Patch                string
}
