package oidctest

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage stores the provider's data in the maps of Provider.
type storage struct{ p *Provider }

var errUnknown = errors.New("not found")

// lifetime is the validity of the provider's tokens.
const lifetime = 5 * time.Minute

// CreateAuthRequest stores a sign-in that a server started.
func (s storage) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	f := &request{id: rand.Text(), asked: r}
	s.p.flows[f.id] = f
	return f, nil
}

// AuthRequestByID loads a sign-in.
func (s storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if f := s.p.flows[id]; f != nil {
		return f, nil
	}
	return nil, errUnknown
}

// AuthRequestByCode loads the sign-in of an unused code.
func (s storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	s.p.mu.Lock()
	id := s.p.codes[code]
	s.p.mu.Unlock()
	return s.AuthRequestByID(ctx, id)
}

// SaveAuthCode stores the code of a sign-in.
func (s storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.codes[code] = id
	return nil
}

// DeleteAuthRequest deletes a sign-in whose code was used.
func (s storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	delete(s.p.flows, id)
	return nil
}

// CreateAccessToken creates a token for userinfo.
func (s storage) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	id := rand.Text()
	s.p.tokens[id] = r.GetSubject()
	return id, time.Now().Add(lifetime), nil
}

// CreateAccessAndRefreshTokens is never called, because the server uses no refresh tokens.
func (s storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errUnknown
}

// TokenRequestByRefreshToken finds none.
func (s storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, op.ErrInvalidRefreshToken
}

// TerminateSession counts the calls.
func (s storage) TerminateSession(context.Context, string, string) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.ended++
	return nil
}

// RevokeToken deletes a token.
func (s storage) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	delete(s.p.tokens, token)
	return nil
}

// GetRefreshTokenInfo finds none.
func (s storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

// SigningKey returns the provider's only key.
func (s storage) SigningKey(context.Context) (op.SigningKey, error) { return signingKey(s), nil }

// SignatureAlgorithms returns the algorithms of the key.
func (s storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

// KeySet returns the public half of the key.
func (s storage) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey(s)}, nil }

// GetClientByClientID returns the server under test.
func (s storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if id != ClientID {
		return nil, errUnknown
	}
	return s.p.client, nil
}

// AuthorizeClientIDSecret checks the server's client secret.
func (s storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != ClientID || secret != ClientSecret {
		return errUnknown
	}
	return nil
}

// SetUserinfoFromScopes is the older form of SetUserinfoFromRequest.
func (s storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromRequest adds the claims about a person to an ID token.
func (s storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, _ []string) error {
	s.p.mu.Lock()
	slim := s.p.client.slim
	s.p.mu.Unlock()
	if info.Subject = r.GetSubject(); slim {
		return nil
	}
	return s.addClaims(info, r.GetSubject())
}

// SetUserinfoFromToken adds the claims about a person to userinfo.
func (s storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, tokenID, _, _ string) error {
	s.p.mu.Lock()
	subject := s.p.tokens[tokenID]
	s.p.mu.Unlock()
	return s.addClaims(info, subject)
}

func (s storage) addClaims(info *oidc.UserInfo, subject string) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	who, ok := s.p.people[subject]
	if !ok {
		return errUnknown
	}
	info.Subject, info.Email, info.EmailVerified, info.Name = subject, who.Email, oidc.Bool(who.Verified), who.Name
	if who.Groups != nil {
		info.AppendClaims("groups", who.Groups)
	}
	return nil
}

// SetIntrospectionFromToken is never called.
func (s storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnknown
}

// GetPrivateClaimsFromScopes adds nothing.
func (s storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

// GetKeyByIDAndClientID finds none.
func (s storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnknown
}

// ValidateJWTProfileScopes allows none.
func (s storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, nil
}

// Health reports no problems.
func (s storage) Health(context.Context) error { return nil }
