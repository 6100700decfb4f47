package repos

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// RepositoryAddress is where a repository is cloned from from now on.
type RepositoryAddress struct {
	URL        string `json:"url" example:"https://git.example.org/billing-api.git"`
	Credential string `json:"credential,omitempty" writeOnly:"true" doc:"The credential for the new URL; left out, the repository has none. Stored encrypted and never shown again."`
}

func (a *Operations) RepositoryAddressRoutes() {
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "move-repository", Method: http.MethodPost, Path: "/repositories/{id}/url", Tags: []string{"Repositories"},
		Summary: "Change a clone URL", Description: "Needs a lead. The stored credential was given for the old URL and is forgotten; fetching from the new one goes on after the answer."}, a.moveRepository)
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
