package models

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Model is one model of a provider.
type Model struct {
	ID              string `json:"id" doc:"As the provider names it." example:"gpt-5"`
	Context         int64  `json:"context" doc:"How many tokens it can see."`
	Output          int64  `json:"output" doc:"How many tokens it can answer with."`
	PriceInput      int64  `json:"price_input" required:"false" doc:"Micro-dollars per million tokens, as all prices."`
	PriceOutput     int64  `json:"price_output" required:"false" doc:"Of answers and reasoning."`
	PriceCacheRead  int64  `json:"price_cache_read" required:"false"`
	PriceCacheWrite int64  `json:"price_cache_write" required:"false"`
}

// Provider is a model provider as everybody in the team may see it.
type Provider struct {
	ID        string      `json:"id" format:"uuid"`
	Name      string      `json:"name" doc:"Model identifiers begin with it; it never changes."`
	Kind      string      `json:"kind" enum:"openai_compatible,openai,anthropic,openrouter"`
	BaseURL   string      `json:"base_url"`
	HasKey    bool        `json:"has_key" doc:"The key itself is never shown again."`
	Models    []Model     `json:"models"`
	CreatedAt apikit.Time `json:"created_at"`
}

// NewProvider is what makes a provider.
type NewProvider struct {
	Name    string  `json:"name" doc:"Lower-case letters, digits and hyphens, at most 63." example:"openai"`
	Kind    string  `json:"kind" enum:"openai_compatible,openai,anthropic,openrouter"`
	BaseURL string  `json:"base_url,omitempty" doc:"Where it is asked; only openai_compatible must say." example:"https://api.example.org/v1"`
	APIKey  string  `json:"api_key,omitempty" writeOnly:"true" doc:"Stored encrypted and never shown again."`
	Models  []Model `json:"models"`
}

// ProviderTest is how a real question to the provider went.
type ProviderTest struct {
	OK        bool   `json:"ok"`
	Status    int    `json:"status" doc:"The provider's HTTP status, 0 when there was no answer."`
	LatencyMS int64  `json:"latency_ms"`
	Model     string `json:"model" doc:"The model that was asked."`
	Message   string `json:"message"`
}

func (a *Operations) ProviderRoutes() {
	tags := []string{"Model providers"}
	apikit.Add(a.kit, tenant.ReadProviders, huma.Operation{OperationID: "list-model-providers", Method: http.MethodGet, Path: "/model-providers", Tags: tags,
		Summary: "List model providers", Description: "All model providers of the team by name, without their keys."}, a.listProviders)
	apikit.Add(a.kit, tenant.EditProviders, huma.Operation{OperationID: "create-model-provider", Method: http.MethodPost, Path: "/model-providers", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Add a model provider", Description: "Needs a lead. A session names a model as provider name, slash, model id."}, a.createProvider)
	apikit.Add(a.kit, tenant.EditProviders, huma.Operation{OperationID: "test-model-provider", Method: http.MethodPost, Path: "/model-providers/{id}/test", Tags: tags,
		Summary: "Test the connection", Description: "Needs a lead. Really asks the provider's first model for one token and says how that went."}, a.testProvider)
}

func (a *Operations) listProviders(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[apikit.List[Provider]], error) {
	ps, err := a.models.Providers(ctx, by)
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(ps, providerBody))), err
}

func (a *Operations) createProvider(ctx context.Context, by tenant.Actor, in *struct{ Body NewProvider }) (*apikit.Answer[Provider], error) {
	b := in.Body
	p := provider.Provider{Name: b.Name, Kind: provider.Kind(b.Kind), BaseURL: b.BaseURL, Models: apikit.MapItems(b.Models, modelOf)}
	p, err := a.models.CreateProvider(ctx, by, p, b.APIKey)
	return apikit.NewAnswer(providerBody(p)), err
}

func (a *Operations) testProvider(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body *apikit.NoFields
}) (*apikit.Answer[ProviderTest], error) {
	t, err := a.models.TestProvider(ctx, by, provider.ID(in.ID))
	return apikit.NewAnswer(ProviderTest(t)), err
}

func modelOf(m Model) provider.Model {
	return provider.Model{ID: m.ID, Context: m.Context, Output: m.Output,
		Price: usage.Price{Input: m.PriceInput, Output: m.PriceOutput, CacheRead: m.PriceCacheRead, CacheWrite: m.PriceCacheWrite}}
}

func modelBody(m provider.Model) Model {
	return Model{m.ID, m.Context, m.Output, m.Price.Input, m.Price.Output, m.Price.CacheRead, m.Price.CacheWrite}
}

func providerBody(p provider.Provider) Provider {
	return Provider{string(p.ID), p.Name, string(p.Kind), p.BaseURL, p.HasKey, apikit.MapItems(p.Models, modelBody), apikit.NewTime(p.CreatedAt)}
}
