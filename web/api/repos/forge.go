package repos

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Forge is where a repository has its pull requests.
type Forge struct {
	Kind       string      `json:"kind" enum:"github,gitlab,gitea" doc:"gitea is also Forgejo."`
	APIURL     string      `json:"api_url"`
	Project    string      `json:"project"`
	Account    string      `json:"account" doc:"The account of the token; empty if the token cannot read it."`
	CanPush    bool        `json:"can_push" doc:"Whether the token could push branches when it was saved."`
	CanAdmin   bool        `json:"can_admin"`
	HasWebhook bool        `json:"has_webhook"`
	CheckedAt  apikit.Time `json:"checked_at"`
}

// NewForge is the input for a repository's forge.
type NewForge struct {
	Kind    string `json:"kind" enum:"github,gitlab,gitea" doc:"gitea is also Forgejo."`
	APIURL  string `json:"api_url" example:"https://git.example.org/api/v1" doc:"https://api.github.com, or the host with /api/v3 (GitHub Enterprise), /api/v4 (GitLab) or /api/v1 (Gitea, Forgejo)."`
	Project string `json:"project" example:"acme/billing-api" doc:"Owner and name; on GitLab, the whole path."`
	Token   string `json:"token,omitempty" writeOnly:"true" doc:"An access token with read and write access to code and pull requests. If omitted, the stored one is kept, if it is for the same API URL. Stored encrypted and never returned."`
}

// ForgeWebhook is a webhook to set up on the forge.
type ForgeWebhook struct {
	Path   string `json:"path" doc:"The path of the webhook's URL on this server."`
	Secret string `json:"secret" doc:"Returned only here."`
}

func (a *Operations) forgeRoutes() {
	tags := []string{"Repositories"}
	const path = "/repositories/{id}/forge"
	apikit.Add(a.kit, tenant.ReadRepositories, huma.Operation{OperationID: "get-forge", Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "Get a repository's forge", Description: "Where the repository has its pull requests, and what the stored token can do."}, a.getForge)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "set-forge", Method: http.MethodPut, Path: path, Tags: tags,
		Summary: "Set a repository's forge", Description: "Requires the lead role. The token is checked on the forge before it is stored."}, a.setForge)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "remove-forge", Method: http.MethodDelete, Path: path, Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Remove a repository's forge", Description: "Requires the lead role. Deletes the token and the webhook's secret. Pull requests on the forge are not changed."}, a.removeForge)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "create-forge-webhook", Method: http.MethodPost, Path: path + "/webhook", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Create a webhook's secret", Description: "Requires the lead role. Returns the path and the secret of a webhook, which must then be set up on the forge. An earlier one stops working."}, a.createForgeWebhook)
}

func (a *Operations) getForge(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[Forge], error) {
	f, err := a.repos.Forge(ctx, by, repository.ID(in.ID))
	if err == nil && !f.IsSet() {
		err = fault.Missing("forge")
	}
	return apikit.NewAnswer(forgeBody(f)), err
}

func (a *Operations) setForge(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body NewForge
}) (*apikit.Answer[Forge], error) {
	s := forge.Settings{Kind: forge.Kind(in.Body.Kind), API: in.Body.APIURL, Project: in.Body.Project}
	if _, err := a.repos.SetForge(ctx, by, repository.ID(in.ID), s, in.Body.Token); err != nil {
		return nil, err
	}
	return a.getForge(ctx, by, &in.ByID)
}

func (a *Operations) removeForge(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*struct{}, error) {
	return nil, a.repos.RemoveForge(ctx, by, repository.ID(in.ID))
}

func (a *Operations) createForgeWebhook(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[ForgeWebhook], error) {
	hook, key, err := a.repos.MakeForgeHook(ctx, by, repository.ID(in.ID))
	return apikit.NewAnswer(ForgeWebhook{Path: "/hooks/forge/" + hook, Secret: key}), err
}

func forgeBody(f forge.Stored) Forge {
	return Forge{Kind: string(f.Kind), APIURL: f.API, Project: f.Project, Account: f.Access.Account, CanPush: f.Access.CanPush, CanAdmin: f.Access.CanAdmin,
		HasWebhook: f.Hook != "", CheckedAt: apikit.NewTime(f.CheckedAt)}
}
