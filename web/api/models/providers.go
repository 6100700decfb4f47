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
	ID              string `json:"id" doc:"The provider's name for the model." example:"gpt-5"`
	Context         int64  `json:"context" doc:"The context size in tokens."`
	Output          int64  `json:"output" doc:"The maximum number of tokens in one answer."`
	PriceInput      int64  `json:"price_input" required:"false" doc:"In micro-dollars per million tokens, like all prices."`
	PriceOutput     int64  `json:"price_output" required:"false" doc:"The price of output and reasoning tokens."`
	PriceCacheRead  int64  `json:"price_cache_read" required:"false"`
	PriceCacheWrite int64  `json:"price_cache_write" required:"false"`
}

// Provider is a model provider as every member of the team can see it.
type Provider struct {
	ID        string      `json:"id" format:"uuid"`
	Name      string      `json:"name" doc:"The prefix of its model identifiers. It cannot be changed."`
	Kind      string      `json:"kind" enum:"openai_compatible,openai,anthropic,openrouter"`
	BaseURL   string      `json:"base_url"`
	HasKey    bool        `json:"has_key" doc:"Whether an API key is stored. The key itself is never returned."`
	Models    []Model     `json:"models"`
	CreatedAt apikit.Time `json:"created_at"`
	Warnings  []string    `json:"warnings" doc:"Models whose context is too small for much work."`
}

// HasETag makes a provider an object with an ETag.
func (Provider) HasETag() {}

// NewProvider is the input for a provider.
type NewProvider struct {
	Name    string  `json:"name" doc:"Lower-case letters, digits and hyphens, at most 63." example:"openai"`
	Kind    string  `json:"kind" enum:"openai_compatible,openai,anthropic,openrouter"`
	BaseURL string  `json:"base_url,omitempty" doc:"The URL of the service. Required for openai_compatible; other kinds have a default." example:"https://api.example.org/v1"`
	APIKey  string  `json:"api_key,omitempty" writeOnly:"true" doc:"Stored encrypted and never returned."`
	Models  []Model `json:"models"`
}

// ProviderTest is the result of a real request to a provider.
type ProviderTest struct {
	OK        bool   `json:"ok"`
	Status    int    `json:"status" doc:"The HTTP status of the provider; 0 if there was no response."`
	LatencyMS int64  `json:"latency_ms"`
	Model     string `json:"model" doc:"The model that the request was sent to."`
	Message   string `json:"message"`
}

func (a *Operations) providerRoutes() {
	tags := []string{"Model providers"}
	apikit.Add(a.kit, tenant.ReadProviders, huma.Operation{OperationID: "list-model-providers", Method: http.MethodGet, Path: "/model-providers", Tags: tags,
		Summary: "List model providers", Description: "The team's model providers, sorted by name, without their keys."}, a.listProviders)
	apikit.Add(a.kit, tenant.ReadProviders, huma.Operation{OperationID: "get-model-provider", Method: http.MethodGet, Path: "/model-providers/{id}", Tags: tags,
		Summary: "Get a model provider", Description: "One model provider, without its key."}, a.getProvider)
	apikit.Add(a.kit, tenant.EditProviders, huma.Operation{OperationID: "create-model-provider", Method: http.MethodPost, Path: "/model-providers", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Add a model provider", Description: "Requires the lead role. Sessions refer to a model as `provider/model`."}, a.createProvider)
	apikit.Add(a.kit, tenant.EditProviders, huma.Operation{OperationID: "test-model-provider", Method: http.MethodPost, Path: "/model-providers/{id}/test", Tags: tags,
		Summary: "Test the connection", Description: "Requires the lead role. Sends a real one-token request to the provider's first model and returns the result."}, a.testProvider)
}

func (a *Operations) listProviders(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[apikit.List[Provider]], error) {
	ps, err := a.models.Providers(ctx, by)
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(ps, providerBody))), err
}

func (a *Operations) getProvider(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[Provider], error) {
	p, err := a.models.Provider(ctx, by, provider.ID(in.ID))
	return apikit.NewAnswer(providerBody(p)), err
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
	return Provider{string(p.ID), p.Name, string(p.Kind), p.BaseURL, p.HasKey, apikit.MapItems(p.Models, modelBody), apikit.NewTime(p.CreatedAt), p.Warnings()}
}
