package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"slices"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// NewVerifier returns the secret that binds a code to the browser that started the sign-in (PKCE).
func (c *Client) NewVerifier() string { return oauth2.GenerateVerifier() }

// AuthURL returns the URL for the sign-in at the provider. It contains only the hash of the verifier.
func (c *Client) AuthURL(ctx context.Context, state, nonce, verifier string) (string, error) {
	p, err := c.provider(ctx)
	if err != nil {
		return "", err
	}
	return c.flow(p).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// EndURL returns the URL that ends the browser's session at the provider and redirects back; empty if the provider has none.
func (c *Client) EndURL(ctx context.Context, back string) string {
	p, err := c.provider(ctx)
	if err != nil || !isWeb(p.endSession) {
		return ""
	}
	to, err := url.Parse(p.endSession)
	if err != nil {
		return ""
	}
	q := to.Query()
	q.Set("client_id", c.opts.ClientID)
	q.Set("post_logout_redirect_uri", back)
	to.RawQuery = q.Encode()
	return to.String()
}

// Prove exchanges the code at the provider for the verified identity: the ID token is signed by the provider, issued for this server,
// currently valid, and has the nonce of this sign-in. The tokens are not stored.
func (c *Client) Prove(ctx context.Context, code, nonce, verifier string) (user.Proof, error) {
	p, err := c.provider(ctx)
	if err != nil {
		return user.Proof{}, err
	}
	got, err := c.flow(p).Exchange(c.with(ctx), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return user.Proof{}, exchangeFault(err)
	}
	claims, err := c.verified(ctx, p, got, nonce)
	if err != nil {
		return user.Proof{}, err
	}
	if err := c.complete(ctx, p, got, claims); err != nil {
		return user.Proof{}, err
	}
	return c.proof(claims)
}

// verified returns the claims of an ID token after all checks.
func (c *Client) verified(ctx context.Context, p *provider, got *oauth2.Token, nonce string) (claims, error) {
	raw, _ := got.Extra("id_token").(string)
	if raw == "" {
		return nil, invalidResponse(errors.New("the response contains no ID token"))
	}
	t, err := p.VerifierContext(c.with(ctx), &oidc.Config{ClientID: c.opts.ClientID, Now: c.opts.Now}).Verify(c.with(ctx), raw)
	if err != nil {
		return nil, tokenFault(err)
	}
	if subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1 {
		return nil, untrusted(errors.New("the nonce of the ID token belongs to a different sign-in"))
	}
	found := claims{}
	if err := t.Claims(&found); err != nil {
		return nil, invalidResponse(err)
	}
	if len(t.Audience) > 1 && found.text("azp") != c.opts.ClientID {
		return nil, untrusted(errors.New("the ID token has several audiences and was requested by another one"))
	}
	if t.AccessTokenHash != "" && t.VerifyAccessToken(got.AccessToken) != nil {
		return nil, untrusted(errors.New("the access token does not match the ID token"))
	}
	return found, nil
}

// complete requests claims that are missing in the ID token from the provider's userinfo endpoint.
func (c *Client) complete(ctx context.Context, p *provider, got *oauth2.Token, have claims) error {
	missing := slices.DeleteFunc([]string{"email", "name", c.opts.GroupsClaim}, func(name string) bool { _, has := have[name]; return name == "" || has })
	if len(missing) == 0 || !p.userInfo || got.AccessToken == "" {
		return nil
	}
	info, err := p.UserInfo(c.with(ctx), oauth2.StaticTokenSource(got))
	if err != nil {
		return unreachable(err)
	}
	if info.Subject != have.text("sub") {
		return untrusted(errors.New("userinfo and the ID token have different subjects"))
	}
	told := claims{}
	if err := info.Claims(&told); err != nil {
		return invalidResponse(err)
	}
	have.addMissing(told, missing)
	return nil
}

func (c *Client) proof(k claims) (user.Proof, error) {
	p := user.Proof{Issuer: c.opts.Issuer, Subject: k.text("sub"), Email: k.text("email"), EmailVerified: k.boolean("email_verified"), Name: k.text("name")}
	if p.Subject == "" || len(p.Subject) > 255 {
		return p, invalidResponse(errors.New("the ID token has no subject"))
	}
	if p.Name == "" {
		p.Name = k.text("preferred_username")
	}
	if c.opts.GroupsClaim == "" {
		return p, nil
	}
	if k.isDistributed(c.opts.GroupsClaim) {
		return p, fault.New(fault.Unavailable, "The identity provider did not send your groups because there are too many. Its administrator can limit the groups that it sends to this server.")
	}
	p.Groups = k.list(c.opts.GroupsClaim)
	return p, nil
}
