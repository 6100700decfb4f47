// Package provider defines a team's model providers: their URLs, their models and the prices of these.
package provider

import (
	"net"
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

// Kind is the protocol of a provider.
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

// DefaultBaseURL is the URL of a kind if none is configured; empty for openai_compatible, which needs one.
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

// Provider is a service with models. Name is the immutable slug with which model identifiers start.
// The API key is not part of it: db stores it encrypted and only the gateway decrypts it.
type Provider struct {
	ID        ID
	Name      string
	Kind      Kind
	BaseURL   string
	HasKey    bool
	Models    []Model
	CreatedAt time.Time
}

// Model is a model of a provider with its limits in tokens and its price.
type Model struct {
	ID              string
	Context, Output int64
	Price           usage.Price
}

// Test is the result of a connection test, which sends a real request to the provider.
type Test struct {
	OK        bool   `json:"ok"`
	Status    int    `json:"status"`
	LatencyMS int64  `json:"latency_ms"`
	Model     string `json:"model"`
	Message   string `json:"message"`
}

var namePattern = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)

// Check validates p as a user entered it.
func (p Provider) Check() error {
	var f fault.Fields
	if !namePattern.MatchString(p.Name) {
		f.Add("name", "%q is not a valid provider name. Use 1 to 63 lower-case letters, digits and hyphens.", p.Name)
	}
	switch p.Kind {
	case OpenAICompatible, OpenAI, Anthropic, OpenRouter:
	default:
		f.Add("kind", "%q is not a provider type. Use openai_compatible, openai, anthropic or openrouter.", p.Kind)
	}
	if !validURL(p.BaseURL) {
		f.Add("base_url", "%q is not a valid base URL. Use a URL like https://api.example.org/v1, without credentials or a query.", redactURL(p.BaseURL))
	}
	if len(p.Models) == 0 {
		f.Add("models", "Add at least one model, for example gpt-5.")
	}
	seen := map[string]bool{}
	for _, m := range p.Models {
		m.check(&f, seen)
	}
	return f.Err()
}

// OpenAddress returns the host and port of a provider that has no API key, so that everybody who reaches it can use it; "" for a
// provider with a key.
func (p Provider) OpenAddress() string {
	u, err := url.Parse(p.BaseURL)
	if err != nil || p.HasKey || u.Hostname() == "" {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), port)
}

// OpenAddresses returns OpenAddress of each provider that has no key.
func OpenAddresses(all []Provider) (open []string) {
	for _, p := range all {
		if at := p.OpenAddress(); at != "" {
			open = append(open, at)
		}
	}
	return open
}

func validURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && utf8.ValidString(s) && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
}

// redactURL removes the parts of a URL that can contain credentials, which are those before an @ or after a question mark.
func redactURL(s string) string {
	s, _, _ = strings.Cut(s, "?")
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return "…" + s[at:]
	}
	return s
}

// isInvalid reports whether r is not allowed in a model's ID: spaces, control characters and invalid UTF-8.
func isInvalid(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError }

func (m Model) check(f *fault.Fields, seen map[string]bool) {
	if m.ID == "" || len(m.ID) > 200 || strings.ContainsFunc(m.ID, isInvalid) {
		f.Add("models", "%q is not a valid model ID. Use 1 to 200 characters without spaces.", m.ID)
	}
	if seen[m.ID] {
		f.Add("models", "The model %q is listed twice.", m.ID)
	}
	seen[m.ID] = true
	switch {
	case m.Context == 0 && m.Output == 0:
		f.Add("models", "Enter the context size and output limit of %q.", m.ID)
	case m.Context < 1 || m.Context > 100_000_000:
		f.Add("models", "Enter a context size of 1 to 100,000,000 tokens for %q (you entered %d).", m.ID, m.Context)
	case m.Output < 1 || m.Output > m.Context:
		f.Add("models", "Enter an output limit for %q between 1 token and its context size of %d (you entered %d).", m.ID, m.Context, m.Output)
	}
	for _, price := range []int64{m.Price.Input, m.Price.Output, m.Price.CacheRead, m.Price.CacheWrite} {
		if price < 0 || price > 1_000_000_000_000 {
			f.Add("models", "Prices for %q must be between 0 and 1,000,000,000,000 micro-dollars per million tokens (you entered %d).", m.ID, price)
		}
	}
}

// SplitIdentifier splits "provider/model" at the first slash; ok is false if a part is missing.
func SplitIdentifier(s string) (name, model string, ok bool) {
	name, model, ok = strings.Cut(s, "/")
	return name, model, ok && name != "" && model != ""
}

// Model finds a model by its ID.
func (p Provider) Model(id string) (Model, bool) {
	for _, m := range p.Models {
		if m.ID == id {
			return m, true
		}
	}
	return Model{}, false
}
