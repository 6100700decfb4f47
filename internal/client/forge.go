package client

import (
	"context"
	"net/http"
	"time"
)

// Forge is where a repository has its pull requests, and what the stored token could do when it was saved. The token is never returned.
type Forge struct {
	APIURL     string    `json:"api_url"`
	Account    string    `json:"account"`
	CanAdmin   bool      `json:"can_admin"`
	CanPush    bool      `json:"can_push"`
	CheckedAt  time.Time `json:"checked_at"`
	HasWebhook bool      `json:"has_webhook"`
	Kind       string    `json:"kind"`
	Project    string    `json:"project"`
}

// NewForge is the input for a forge. Without a token, the stored one is kept if it is for the same API URL.
type NewForge struct {
	APIURL  string `json:"api_url"`
	Kind    string `json:"kind"`
	Project string `json:"project"`
	Token   string `json:"token,omitempty"`
}

// ForgeWebhook is the path of a webhook on the server and its secret, which is returned only once.
type ForgeWebhook struct {
	Path   string `json:"path"`
	Secret string `json:"secret"`
}

// Forge reads a repository's forge. A *Problem with status 404 means that it has none.
func (c *Client) Forge(ctx context.Context, repository string) (Forge, error) {
	return get[Forge](ctx, c, "/repositories"+seg(repository)+"/forge")
}

// SetForge sets a repository's forge. The server checks the token on the forge first.
func (c *Client) SetForge(ctx context.Context, repository string, n NewForge) (f Forge, err error) {
	err = c.Call(ctx, http.MethodPut, "/repositories"+seg(repository)+"/forge", n, &f)
	return f, err
}

// RemoveForge removes a repository's forge with its token.
func (c *Client) RemoveForge(ctx context.Context, repository string) error {
	return c.Call(ctx, http.MethodDelete, "/repositories"+seg(repository)+"/forge", nil, nil)
}

// CreateForgeWebhook creates a webhook's path and secret. An earlier one stops working.
func (c *Client) CreateForgeWebhook(ctx context.Context, repository string) (ForgeWebhook, error) {
	return create[ForgeWebhook](ctx, c, "/repositories"+seg(repository)+"/forge/webhook", noFields{})
}
