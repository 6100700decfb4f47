// Package providers renders a team's model providers: their URLs, models, prices and the test of a connection.
package providers

import (
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// List is the page of all providers.
type List struct {
	// Base is the URL of the list and of its form: /t/acme/providers.
	Base string
	Rows []provider.Provider
	// CanEdit shows the form, with the values Form and Models and the errors Faults.
	CanEdit bool
	Form    provider.Provider
	Models  []Model
	Faults  ui.Faults
}

// Detail is one provider's page. Models are the rows of its form: as stored, or as the person typed them before an error.
type Detail struct {
	Base     string
	Provider provider.Provider
	Models   []Model
	Faults   ui.Faults
	// Test is the result of a test that just ran; nil otherwise.
	Test    *provider.Test
	CanEdit bool
}

// Model is one row of the form of models as the person typed it: prices are in dollars per million tokens.
type Model struct {
	ID, Context, Output                  string
	Input, Answer, CacheRead, CacheWrite string
}

// emptyRows follow the existing models, so that models can be added without JavaScript.
const emptyRows = 3

// Written returns the rows of existing models as people type them.
func Written(ms []provider.Model) []Model {
	var rows []Model
	for _, m := range ms {
		rows = append(rows, Model{ID: m.ID, Context: ui.Count(m.Context), Output: ui.Count(m.Output), Input: dollars(m.Price.Input),
			Answer: dollars(m.Price.Output), CacheRead: dollars(m.Price.CacheRead), CacheWrite: dollars(m.Price.CacheWrite)})
	}
	return rows
}

func withEmpty(rows []Model) []Model {
	return append(rows[:len(rows):len(rows)], make([]Model, emptyRows)...)
}

// dollars writes a price as people type it: 3.00, 0.25, 0.0375. Nothing is rounded, because forms send the value back.
func dollars(micro int64) string {
	rest := strings.TrimRight(fmt.Sprintf("%06d", micro%1_000_000), "0")
	return ui.Count(micro/1_000_000) + "." + rest + strings.Repeat("0", max(0, 2-len(rest)))
}

// kinds are the protocols of providers by the names that their makers use.
var kinds = map[provider.Kind]string{provider.OpenAICompatible: "OpenAI-compatible", provider.OpenAI: "OpenAI", provider.Anthropic: "Anthropic", provider.OpenRouter: "OpenRouter"}

func kindWord(k provider.Kind) string {
	if w := kinds[k]; w != "" {
		return w
	}
	return string(k)
}

func kindOptions(chosen provider.Kind) []ui.Option {
	var os []ui.Option
	for _, k := range provider.Kinds() {
		os = append(os, ui.Option{Value: string(k), Label: kindWord(k), Selected: k == chosen})
	}
	return os
}

// typedURL is the URL in a form: the default URL of a type is shown as an empty field.
func typedURL(p provider.Provider) string {
	if p.BaseURL == p.Kind.DefaultBaseURL() {
		return ""
	}
	return p.BaseURL
}

func keyWord(p provider.Provider) string {
	if p.HasKey {
		return "stored"
	}
	return "none"
}

// modelNames lists the models of a provider on one line.
func modelNames(p provider.Provider) string {
	var ids []string
	for _, m := range p.Models {
		ids = append(ids, m.ID)
	}
	return strings.Join(ids, ", ")
}

func (l List) href(id provider.ID) string { return l.Base + "/" + string(id) }

func (d Detail) href(rest ...string) string {
	return strings.Join(append([]string{d.Base, string(d.Provider.ID)}, rest...), "/")
}

// testFacts are the figures of a test.
func testFacts(t provider.Test) string {
	facts := "Model " + t.Model + ", " + ui.Count(t.LatencyMS) + " ms"
	if t.Status > 0 {
		facts += ", status " + ui.Plain(int64(t.Status))
	}
	return facts + "."
}
