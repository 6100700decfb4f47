// Package provider holds a team's model providers: where models are asked, which there are and what they cost.
package provider

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// ID is a provider's UUIDv7.
type ID string

// Kind says which protocol a provider speaks.
type Kind string

// The kinds of providers.
const (
	OpenAICompatible Kind = "openai_compatible"
	OpenAI           Kind = "openai"
	Anthropic        Kind = "anthropic"
	OpenRouter       Kind = "openrouter"
)

// Kinds lists the kinds in the order forms show them.
func Kinds() []Kind { return []Kind{OpenAICompatible, OpenAI, Anthropic, OpenRouter} }

// DefaultBaseURL is where a kind is asked when nothing else is said; empty for openai_compatible, which must say.
func (k Kind) DefaultBaseURL() string {
	switch k {
	case OpenAI:
		return "https://api.openai.com/v1"
	case Anthropic:
		return "https://api.anthropic.com/v1"
	case OpenRouter:
		return "https://openrouter.ai/api/v1"
	}
	return ""
}

// Provider is one place models are asked at. Name is the immutable slug that model identifiers begin with.
// The key itself is not here: db keeps it sealed and only the gateway opens it.
type Provider struct {
	ID        ID
	Name      string
	Kind      Kind
	BaseURL   string
	HasKey    bool
	Models    []Model
	CreatedAt time.Time
}

// Model is one model of a provider with its limits in tokens and its price.
type Model struct {
	ID              string
	Context, Output int64
	Price           usage.Price
}

// Test is the answer of "test connection": the provider was really asked.
type Test struct {
	OK        bool   `json:"ok"`
	Status    int    `json:"status"`
	LatencyMS int64  `json:"latency_ms"`
	Model     string `json:"model"`
	Message   string `json:"message"`
}

var namePattern = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)

// Check gives the faults of p as a person entered it.
func (p Provider) Check() error {
	var f fault.Fields
	if !namePattern.MatchString(p.Name) {
		f.Add("name", "A provider's name is made of lower-case letters, digits and hyphens, at most 63; %q is not.", p.Name)
	}
	switch p.Kind {
	case OpenAICompatible, OpenAI, Anthropic, OpenRouter:
	default:
		f.Add("kind", "A provider's kind is openai_compatible, openai, anthropic or openrouter; %q is none of them.", p.Kind)
	}
	if !validURL(p.BaseURL) {
		f.Add("base_url", "A base URL looks like https://api.example.org/v1, without credentials or query; %q does not.", shownURL(p.BaseURL))
	}
	if len(p.Models) == 0 {
		f.Add("models", "Name at least one model, for example gpt-5.")
	}
	seen := map[string]bool{}
	for _, m := range p.Models {
		m.check(&f, seen)
	}
	return f.Err()
}

func validURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && utf8.ValidString(s) && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
}

// shownURL is an address for sentences: without what may be credentials, before an @ or behind a question mark.
func shownURL(s string) string {
	s, _, _ = strings.Cut(s, "?")
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return "…" + s[at:]
	}
	return s
}

// odd says whether r has no place in a model's id: blanks, control characters and what is no text.
func odd(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError }

func (m Model) check(f *fault.Fields, seen map[string]bool) {
	if m.ID == "" || len(m.ID) > 200 || strings.ContainsFunc(m.ID, odd) {
		f.Add("models", "A model's id has 1 to 200 characters without spaces; %q does not.", m.ID)
	}
	if seen[m.ID] {
		f.Add("models", "The model %q is named twice.", m.ID)
	}
	seen[m.ID] = true
	if m.Context < 1 || m.Output < 1 || m.Context > 100_000_000 || m.Output > m.Context {
		f.Add("models", "Model %q needs a context of at least 1 token and an output limit between 1 and that; it has %d and %d.", m.ID, m.Context, m.Output)
	}
	for _, price := range []int64{m.Price.Input, m.Price.Output, m.Price.CacheRead, m.Price.CacheWrite} {
		if price < 0 || price > 1_000_000_000_000 {
			f.Add("models", "Prices of model %q are micro-dollars per million tokens, 0 or more; %d is not.", m.ID, price)
		}
	}
}

// SplitIdentifier cuts "provider/model" at the first slash; ok is false when either part is missing.
func SplitIdentifier(s string) (name, model string, ok bool) {
	name, model, ok = strings.Cut(s, "/")
	return name, model, ok && name != "" && model != ""
}

// Model finds a model by its id.
func (p Provider) Model(id string) (Model, bool) {
	for _, m := range p.Models {
		if m.ID == id {
			return m, true
		}
	}
	return Model{}, false
}
