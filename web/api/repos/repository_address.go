package repos

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// RepositoryAddress is the repository's new clone URL.
type RepositoryAddress struct {
	URL        string `json:"url" example:"https://git.example.org/billing-api.git"`
	Credential string `json:"credential,omitempty" writeOnly:"true" doc:"The credential for the new URL. If omitted, the repository has none. Stored encrypted and never returned."`
}

func (a *Operations) repositoryAddressRoutes() {
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "move-repository", Method: http.MethodPost, Path: "/repositories/{id}/url", Tags: []string{"Repositories"},
		Summary: "Change a clone URL", Description: "Requires the lead role. The stored credential is removed, because it belongs to the old URL. The repository is fetched from the new URL after the response is sent."}, a.moveRepository)
}

func (a *Operations) moveRepository(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body RepositoryAddress
}) (*apikit.Answer[Repository], error) {
	if err := a.repos.MoveRepository(ctx, by, repository.ID(in.ID), in.Body.URL, in.Body.Credential); err != nil {
		return nil, err
	}
	r, err := a.repos.Repository(ctx, by, repository.ID(in.ID))
	return apikit.NewAnswer(repositoryBody(r)), err
}
