package models

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// ProviderAddress is the new URL of a provider.
type ProviderAddress struct {
	BaseURL string `json:"base_url" example:"https://api.example.org/v1"`
	APIKey  string `json:"api_key,omitempty" writeOnly:"true" doc:"The API key for the new URL. If omitted, the provider has no key. Stored encrypted and never returned."`
}

func (a *Operations) providerAddressRoutes() {
	apikit.Add(a.kit, tenant.EditProviders, huma.Operation{OperationID: "move-model-provider", Method: http.MethodPost, Path: "/model-providers/{id}/base-url", Tags: []string{"Model providers"},
		Summary: "Change the URL of a model provider", Description: "Requires the lead role. The stored API key is removed, because it belongs to the old URL."}, a.moveProvider)
}

func (a *Operations) moveProvider(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body ProviderAddress
}) (*apikit.Answer[Provider], error) {
	if err := a.models.MoveProvider(ctx, by, provider.ID(in.ID), in.Body.BaseURL, in.Body.APIKey); err != nil {
		return nil, err
	}
	p, err := a.models.Provider(ctx, by, provider.ID(in.ID))
	return apikit.NewAnswer(providerBody(p)), err
}
