package client

import (
	"context"
	"net/http"
)

// Repositories lists the team's repositories, sorted by name.
func (c *Client) Repositories(ctx context.Context) ([]Repository, error) {
	return list[Repository](ctx, c, "/repositories")
}

// Repository reads one repository. If its clone failed, Progress is the reason.
func (c *Client) Repository(ctx context.Context, id string) (Repository, error) {
	return get[Repository](ctx, c, "/repositories"+seg(id))
}

// Branches lists a repository's branches at the last fetch, most recent first, at most 50.
func (c *Client) Branches(ctx context.Context, id string) (Branches, error) {
	return get[Branches](ctx, c, "/repositories"+seg(id)+"/branches")
}

// CreateRepository adds a repository, which is cloned in the background.
func (c *Client) CreateRepository(ctx context.Context, r NewRepository) (Repository, error) {
	return create[Repository](ctx, c, "/repositories", r)
}

// MoveRepository changes a clone URL. The stored credential is removed.
func (c *Client) MoveRepository(ctx context.Context, id string, to RepositoryAddress) (Repository, error) {
	return post[Repository](ctx, c, "/repositories"+seg(id)+"/url", to)
}

// AllowAgentConfig sets whether a repository's agent configuration is used.
func (c *Client) AllowAgentConfig(ctx context.Context, id string, allowed bool) error {
	return c.Call(ctx, http.MethodPut, "/repositories"+seg(id)+"/agent-config", map[string]bool{"allowed": allowed}, nil)
}

// Hosts lists the hosts that sessions of a repository can connect to.
func (c *Client) Hosts(ctx context.Context, id string) ([]Host, error) {
	return list[Host](ctx, c, "/repositories"+seg(id)+"/hosts")
}

// AllowHost adds a host and port to that list.
func (c *Client) AllowHost(ctx context.Context, id, host string) error {
	return c.Call(ctx, http.MethodPost, "/repositories"+seg(id)+"/hosts", map[string]string{"host": host}, nil)
}

// DisallowHost removes a host from that list.
func (c *Client) DisallowHost(ctx context.Context, id, host string) error {
	return c.Call(ctx, http.MethodDelete, "/repositories"+seg(id)+"/hosts"+seg(host), nil, nil)
}
