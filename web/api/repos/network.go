package repos

import (
	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Host is an entry of a repository's network list.
type Host struct {
	Host    string      `json:"host" doc:"Host and port; *. covers every name below a domain." example:"registry.npmjs.org:443"`
	AddedBy string      `json:"added_by"`
	AddedAt apikit.Time `json:"added_at"`
}

// NewHost is what adds a host to a network list.
type NewHost struct {
	Host string `json:"host" doc:"Host and port; *. before a domain covers every name below it." example:"registry.npmjs.org:443"`
}

func (a *Operations) NetworkRoutes() {
	tags := []string{"Repositories"}
	const path = "/repositories/{id}/hosts"
	apikit.Add(a.kit, tenant.ReadRepositories, huma.Operation{OperationID: "list-hosts", Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "List what sessions may connect to", Description: "The network list of a repository by name. Its sessions' programs reach nothing else, and through the egress proxy only."}, a.listHosts)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "allow-host", Method: http.MethodPost, Path: path, Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Let sessions connect to a host", Description: "Needs a lead. It counts from the next connection on; addresses inside the operator's network need the operator's leave as well."}, a.allowHost)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "disallow-host", Method: http.MethodDelete, Path: path + "/{host}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Take a host off the list", Description: "Needs a lead. Open connections are cut within a minute."}, a.disallowHost)
}

func (a *Operations) listHosts(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[apikit.List[Host]], error) {
	hosts, err := a.repos.Network(ctx, by, repository.ID(in.ID))
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(hosts, func(h repository.Host) Host { return Host{h.Name, h.By, apikit.NewTime(h.AddedAt)} }))), err
}

func (a *Operations) allowHost(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body NewHost
}) (*struct{}, error) {
	return nil, a.repos.AllowHost(ctx, by, repository.ID(in.ID), in.Body.Host)
}

func (a *Operations) disallowHost(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Host string `path:"host" doc:"The entry, such as registry.npmjs.org:443."`
}) (*struct{}, error) {
	name, err := url.PathUnescape(in.Host) // the router leaves %2A as it is
	if err != nil {
		name = in.Host
	}
	return nil, a.repos.DisallowHost(ctx, by, repository.ID(in.ID), name)
}
