package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// ProviderAddress is where a provider is asked from now on.
type ProviderAddress struct {
	BaseURL string `json:"base_url" example:"https://api.example.org/v1"`
	APIKey  string `json:"api_key,omitempty" writeOnly:"true" doc:"The key for the new address; left out, the provider has none. Stored encrypted and never shown again."`
}

// RepositoryAddress is where a repository is cloned from from now on.
type RepositoryAddress struct {
	URL        string `json:"url" example:"https://git.example.org/billing-api.git"`
	Credential string `json:"credential,omitempty" writeOnly:"true" doc:"The credential for the new URL; left out, the repository has none. Stored encrypted and never shown again."`
}

func (a *API) providerAddressRoutes() {
	add(a, tenant.EditProviders, huma.Operation{OperationID: "move-model-provider", Method: http.MethodPost, Path: "/model-providers/{id}/base-url", Tags: []string{"Model providers"},
		Summary: "Change where a provider is asked", Description: "Needs a lead. The stored key was given for the old address and is forgotten."}, a.moveProvider)
}

func (a *API) repositoryAddressRoutes() {
	add(a, tenant.EditRepositories, huma.Operation{OperationID: "move-repository", Method: http.MethodPost, Path: "/repositories/{id}/url", Tags: []string{"Repositories"},
		Summary: "Change a clone URL", Description: "Needs a lead. The stored credential was given for the old URL and is forgotten; fetching from the new one goes on after the answer."}, a.moveRepository)
}

func (a *API) moveProvider(ctx context.Context, by tenant.Actor, in *struct {
	ByID
	Body ProviderAddress
}) (*answer[Provider], error) {
	if err := a.app.Models.MoveProvider(ctx, by, provider.ID(in.ID), in.Body.BaseURL, in.Body.APIKey); err != nil {
		return nil, err
	}
	p, err := a.app.Models.Provider(ctx, by, provider.ID(in.ID))
	return answered(providerBody(p)), err
}

func (a *API) moveRepository(ctx context.Context, by tenant.Actor, in *struct {
	ByID
	Body RepositoryAddress
}) (*answer[Repository], error) {
	if err := a.app.Repos.MoveRepository(ctx, by, repository.ID(in.ID), in.Body.URL, in.Body.Credential); err != nil {
		return nil, err
	}
	r, err := a.app.Repos.Repository(ctx, by, repository.ID(in.ID))
	return answered(repositoryBody(r)), err
}
