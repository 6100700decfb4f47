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

// Host is an entry in a repository's list of allowed hosts.
type Host struct {
	Host    string      `json:"host" doc:"Host and port. A leading *. matches every subdomain." example:"registry.npmjs.org:443"`
	AddedBy string      `json:"added_by"`
	AddedAt apikit.Time `json:"added_at"`
}

// NewHost is the input for an allowed host.
type NewHost struct {
	Host string `json:"host" doc:"Host and port. A leading *. matches every subdomain." example:"registry.npmjs.org:443"`
}

func (a *Operations) networkRoutes() {
	tags := []string{"Repositories"}
	const path = "/repositories/{id}/hosts"
	apikit.Add(a.kit, tenant.ReadRepositories, huma.Operation{OperationID: "list-hosts", Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "List allowed hosts", Description: "The hosts that a repository's sessions can connect to, sorted by name. Programs in a session can reach them only through the egress proxy. All other hosts are blocked."}, a.listHosts)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "allow-host", Method: http.MethodPost, Path: path, Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Allow a host", Description: "Requires the lead role. Applies to new connections. Addresses on the operator's network must also be allowed by the operator."}, a.allowHost)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "disallow-host", Method: http.MethodDelete, Path: path + "/{host}", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Remove an allowed host", Description: "Requires the lead role. Open connections are closed within a minute."}, a.disallowHost)
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
	name, err := url.PathUnescape(in.Host) // the router does not decode %2A
	if err != nil {
		name = in.Host
	}
	return nil, a.repos.DisallowHost(ctx, by, repository.ID(in.ID), name)
}
