// Package oidc identifies people with an OpenID Connect provider. It uses the authorization code flow with PKCE and verifies the ID
// token. It connects only to the provider, stores no tokens, and does not depend on user accounts.
package oidc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Options are the operator's settings for the provider.
type Options struct {
	Issuer, ClientID, ClientSecret string
	// Redirect is the URL of this server to which the provider redirects.
	Redirect string
	// Scopes are requested in addition to openid. GroupsClaim is the claim that lists a user's groups; empty means no groups.
	Scopes      []string
	GroupsClaim string
	// HTTP is the client for all connections. Its transport decides which addresses are allowed.
	HTTP *http.Client
	// Now is the clock for checking tokens; nil means the system's.
	Now func() time.Time
}

// Limits for the duration and the size of a provider's response.
const (
	answerWithin = 10 * time.Second
	maxAnswer    = 1 << 20
)

// Client is a client of one provider. It is safe for concurrent use.
type Client struct {
	opts Options
	http *http.Client
	mu   sync.Mutex
	have *provider
}

// provider is the result of discovery.
type provider struct {
	*oidc.Provider
	endSession string
	style      oauth2.AuthStyle
	userInfo   bool
}

// New returns a Client. Discovery runs when the provider is first needed, so that the server starts while the provider is down.
func New(o Options) *Client {
	if o.HTTP == nil {
		o.HTTP = http.DefaultClient
	}
	// Redirects to other hosts are not followed, because the operator has configured the provider's URL.
	h := &http.Client{Timeout: answerWithin, Transport: bounded{o.HTTP.Transport}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Client{opts: o, http: h}
}

// with returns a context in which the libraries use c's HTTP client.
func (c *Client) with(ctx context.Context) context.Context { return oidc.ClientContext(ctx, c.http) }

// provider runs discovery once. After a failure, the next call retries it.
func (c *Client) provider(ctx context.Context) (*provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.have != nil {
		return c.have, nil
	}
	found, err := oidc.NewProvider(c.with(ctx), c.opts.Issuer)
	if err != nil {
		return nil, unreachable(err)
	}
	var more struct {
		EndSession string   `json:"end_session_endpoint"`
		Methods    []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, invalidResponse(err)
	}
	if !isWeb(found.Endpoint().AuthURL) {
		return nil, invalidResponse(errors.New("the authorization endpoint is not an http or https URL"))
	}
	c.have = &provider{Provider: found, endSession: more.EndSession, style: c.style(more.Methods), userInfo: found.UserInfoEndpoint() != ""}
	return c.have, nil
}

// style is how the client secret is sent. If it is not set, the library might send a code twice.
func (c *Client) style(methods []string) oauth2.AuthStyle {
	if c.opts.ClientSecret == "" || len(methods) > 0 && !slices.Contains(methods, "client_secret_basic") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

func (c *Client) flow(p *provider) *oauth2.Config {
	at := p.Endpoint()
	at.AuthStyle = p.style
	return &oauth2.Config{ClientID: c.opts.ClientID, ClientSecret: c.opts.ClientSecret, Endpoint: at, RedirectURL: c.opts.Redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, c.opts.Scopes...)}
}

// Reach checks that the provider responds to discovery.
func (c *Client) Reach(ctx context.Context) error {
	_, err := c.provider(ctx)
	return err
}

// isWeb reports whether a browser may be redirected to a URL of the provider.
func isWeb(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

// bounded limits the size of responses.
type bounded struct{ next http.RoundTripper }

// RoundTrip limits the size of the response's body.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}
