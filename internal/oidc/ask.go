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

// NewVerifier makes the secret that binds a code to who began (PKCE).
func (c *Client) NewVerifier() string { return oauth2.GenerateVerifier() }

// AuthURL is where a browser signs in at the provider. Only the verifier's hash is in it.
func (c *Client) AuthURL(ctx context.Context, state, nonce, verifier string) (string, error) {
	p, err := c.provider(ctx)
	if err != nil {
		return "", err
	}
	return c.flow(p).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// EndURL is where a browser ends its session at the provider and comes back from; empty where the provider has no such place.
func (c *Client) EndURL(ctx context.Context, back string) string {
	p, err := c.provider(ctx)
	if err != nil || !web(p.endSession) {
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

// Prove gives the code to the provider and tells whom it proves: the ID token is signed by the provider, for us, now, and
// answers the sign-in that nonce belongs to. The tokens are forgotten.
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

// verified reads the claims of an ID token that holds in every respect.
func (c *Client) verified(ctx context.Context, p *provider, got *oauth2.Token, nonce string) (claims, error) {
	raw, _ := got.Extra("id_token").(string)
	if raw == "" {
		return nil, nonsense(errors.New("the answer holds no ID token"))
	}
	t, err := p.VerifierContext(c.with(ctx), &oidc.Config{ClientID: c.opts.ClientID, Now: c.opts.Now}).Verify(c.with(ctx), raw)
	if err != nil {
		return nil, tokenFault(err)
	}
	if subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1 {
		return nil, untrusted(errors.New("the nonce of the ID token is another sign-in's"))
	}
	found := claims{}
	if err := t.Claims(&found); err != nil {
		return nil, nonsense(err)
	}
	if len(t.Audience) > 1 && found.text("azp") != c.opts.ClientID {
		return nil, untrusted(errors.New("the ID token was made for several programs, and another of them asked for it"))
	}
	if t.AccessTokenHash != "" && t.VerifyAccessToken(got.AccessToken) != nil {
		return nil, untrusted(errors.New("the access token is not the ID token's"))
	}
	return found, nil
}

// complete asks the provider's userinfo for what the ID token leaves out.
func (c *Client) complete(ctx context.Context, p *provider, got *oauth2.Token, known claims) error {
	missing := slices.DeleteFunc([]string{"email", "name", c.opts.GroupsClaim}, func(name string) bool { _, has := known[name]; return name == "" || has })
	if len(missing) == 0 || !p.userInfo || got.AccessToken == "" {
		return nil
	}
	info, err := p.UserInfo(c.with(ctx), oauth2.StaticTokenSource(got))
	if err != nil {
		return unreachable(err)
	}
	if info.Subject != known.text("sub") {
		return untrusted(errors.New("userinfo is about another subject than the ID token"))
	}
	told := claims{}
	if err := info.Claims(&told); err != nil {
		return nonsense(err)
	}
	known.take(told, missing)
	return nil
}

func (c *Client) proof(k claims) (user.Proof, error) {
	p := user.Proof{Issuer: c.opts.Issuer, Subject: k.text("sub"), Email: k.text("email"), EmailVerified: k.truth("email_verified"), Name: k.text("name")}
	if p.Subject == "" || len(p.Subject) > 255 {
		return p, nonsense(errors.New("the ID token names no subject"))
	}
	if p.Name == "" {
		p.Name = k.text("preferred_username")
	}
	if c.opts.GroupsClaim == "" {
		return p, nil
	}
	if k.leftOut(c.opts.GroupsClaim) {
		return p, fault.New(fault.Unavailable, "The identity provider left your groups out because there are too many. Its administrator can send only those that matter here.")
	}
	p.Groups = k.list(c.opts.GroupsClaim)
	return p, nil
}
