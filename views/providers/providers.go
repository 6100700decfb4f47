// Package providers draws a team's model providers: where models are asked, which there are, what they cost and whether they answer.
package providers

import (
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// List is what the page of all providers shows.
type List struct {
	// Base is the list's address, where the form goes too: /t/acme/providers.
	Base string
	Rows []provider.Provider
	// CanEdit draws the form, which holds Form with the rows Models and its Faults.
	CanEdit bool
	Form    provider.Provider
	Models  []Model
	Faults  ui.Faults
}

// Detail is what one provider's page shows. Models are the rows of its form: as stored, or as they were refused.
type Detail struct {
	Base     string
	Provider provider.Provider
	Models   []Model
	Faults   ui.Faults
	// Test is what the provider just answered; nil when it was not asked.
	Test    *provider.Test
	CanEdit bool
}

// Model is one row of the form of models, as it is written: prices are in dollars per million tokens.
type Model struct {
	ID, Context, Output                  string
	Input, Answer, CacheRead, CacheWrite string
}

// emptyRows are drawn after the known models, so that models can be added without script.
const emptyRows = 3

// Written gives the rows of known models as people write them.
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

// dollars writes micro-dollars exactly, with at least two decimals: 3.00, 0.25, 0.0375. Nothing is rounded, because forms send
// the figure back.
func dollars(micro int64) string {
	rest := strings.TrimRight(fmt.Sprintf("%06d", micro%1_000_000), "0")
	return ui.Count(micro/1_000_000) + "." + rest + strings.Repeat("0", max(0, 2-len(rest)))
}

func price(micro int64) string { return "$" + dollars(micro) }

// kinds are what a provider can speak, in the words of its makers.
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

// typedURL is the address a form shows: the usual one of a kind is left out, since an empty field means it.
func typedURL(p provider.Provider) string {
	if p.BaseURL == p.Kind.DefaultBaseURL() {
		return ""
	}
	return p.BaseURL
}

func keyWord(p provider.Provider) string {
	if p.HasKey {
		return "set, never shown"
	}
	return "none"
}

// modelNames are the models of a provider on one line.
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

// testFacts are the figures of a test: how the answer came.
func testFacts(t provider.Test) string {
	facts := "Model " + t.Model + ", " + ui.Count(t.LatencyMS) + " ms"
	if t.Status > 0 {
		facts += ", status " + ui.Plain(int64(t.Status))
	}
	return facts + "."
}
