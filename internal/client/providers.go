package client

import "context"

// Providers lists the team's model providers, sorted by name.
func (c *Client) Providers(ctx context.Context) ([]Provider, error) {
	return list[Provider](ctx, c, "/model-providers")
}

// Provider reads one model provider.
func (c *Client) Provider(ctx context.Context, id string) (Provider, error) {
	return get[Provider](ctx, c, "/model-providers"+seg(id))
}

// CreateProvider adds a model provider.
func (c *Client) CreateProvider(ctx context.Context, p NewProvider) (Provider, error) {
	return create[Provider](ctx, c, "/model-providers", p)
}

// TestProvider sends a small request to the provider's first model. An answer with OK false is no error.
func (c *Client) TestProvider(ctx context.Context, id string) (ProviderTest, error) {
	return post[ProviderTest](ctx, c, "/model-providers"+seg(id)+"/test", noFields{})
}

// MoveProvider changes a base URL. The stored API key is removed.
func (c *Client) MoveProvider(ctx context.Context, id string, to ProviderAddress) (Provider, error) {
	return post[Provider](ctx, c, "/model-providers"+seg(id)+"/base-url", to)
}
