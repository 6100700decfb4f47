// Package oidc asks an OpenID Connect provider who somebody is: authorization code flow with PKCE, the ID token verified.
// It talks to the provider and to nobody else, keeps no token, and knows no person of ours.
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

// Options are the operator's settings of the provider.
type Options struct {
	Issuer, ClientID, ClientSecret string
	// Redirect is our address that the provider sends people back to.
	Redirect string
	// Scopes are asked for beside openid. GroupsClaim names the claim that lists a person's groups; empty reads none.
	Scopes      []string
	GroupsClaim string
	// HTTP makes the connections; its transport decides which addresses may be reached.
	HTTP *http.Client
	// Now is the time that tokens are held against; nil is the clock's.
	Now func() time.Time
}

// How long an answer of the provider may take and how long it may be.
const (
	answerWithin = 10 * time.Second
	maxAnswer    = 1 << 20
)

// Client asks one provider. It is safe for concurrent use.
type Client struct {
	opts  Options
	http  *http.Client
	mu    sync.Mutex
	known *provider
}

// provider is what discovery told.
type provider struct {
	*oidc.Provider
	endSession string
	style      oauth2.AuthStyle
	userInfo   bool
}

// New makes a Client. The provider is asked where its addresses are when it is first needed, so that it may be down meanwhile.
func New(o Options) *Client {
	if o.HTTP == nil {
		o.HTTP = http.DefaultClient
	}
	// A redirect is followed to no other place: the provider is where the operator said it is.
	h := &http.Client{Timeout: answerWithin, Transport: bounded{o.HTTP.Transport}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Client{opts: o, http: h}
}

// with is a context in which the libraries use our connections.
func (c *Client) with(ctx context.Context) context.Context { return oidc.ClientContext(ctx, c.http) }

// provider discovers the provider once; a failure is tried again with the next question.
func (c *Client) provider(ctx context.Context) (*provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known != nil {
		return c.known, nil
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
		return nil, nonsense(err)
	}
	if !web(found.Endpoint().AuthURL) {
		return nil, nonsense(errors.New("the authorization endpoint is no web address"))
	}
	c.known = &provider{Provider: found, endSession: more.EndSession, style: c.style(more.Methods), userInfo: found.UserInfoEndpoint() != ""}
	return c.known, nil
}

// style is how the secret is sent; saying it beforehand keeps a code from being tried twice.
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

// Reach says whether the provider answers what a provider answers.
func (c *Client) Reach(ctx context.Context) error {
	_, err := c.provider(ctx)
	return err
}

// web says whether an address of the provider is one that a browser may be sent to.
func web(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

// bounded cuts answers that never end.
type bounded struct{ next http.RoundTripper }

// RoundTrip reads no more of an answer than an answer may have.
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
