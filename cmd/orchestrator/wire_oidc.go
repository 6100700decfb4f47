package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
	"github.com/industrial-orchestrator/orchestrator/internal/oidc"
)

// wireOIDC creates the client of the operator's identity provider, which connects through the guard. It returns nil if no
// provider is configured.
func wireOIDC(s config.Settings, guard *netguard.Guard) (*apppeople.OIDC, error) {
	if s.OIDCIssuer == "" {
		return nil, nil
	}
	secret, err := oidcSecret(s)
	if err != nil {
		return nil, err
	}
	client := oidc.New(oidc.Options{Issuer: s.OIDCIssuer, ClientID: s.OIDCClientID, ClientSecret: secret, Redirect: s.PublicURL + "/login/oidc/callback",
		Scopes: s.OIDCScope, GroupsClaim: s.OIDCGroupsClaim, HTTP: guard.Client()})
	o := &apppeople.OIDC{Provider: client, Issuer: s.OIDCIssuer, Label: strings.TrimSpace(s.OIDCLabel), AdminGroup: s.OIDCAdminGroup, LinkEmail: s.OIDCLinkEmail,
		SignUp: s.OIDCSignUp, Enforced: s.OIDCEnforced, LoginFor: time.Duration(s.OIDCLoginHours) * time.Hour}
	for _, r := range s.OIDCGroup {
		o.Rules = append(o.Rules, user.GroupRule{Group: r.Group, Slug: r.Slug, Role: tenant.Role(r.Role)})
	}
	return o, nil
}

func oidcSecret(s config.Settings) (string, error) {
	if s.OIDCSecretFile == "" {
		return string(s.OIDCSecret), nil
	}
	b, err := os.ReadFile(s.OIDCSecretFile)
	if err != nil {
		return "", fmt.Errorf("read --oidc-client-secret-file: %w", err)
	}
	secret := strings.TrimSpace(string(b))
	if secret == "" {
		return "", fmt.Errorf("--oidc-client-secret-file %s is empty", s.OIDCSecretFile)
	}
	return secret, nil
}

// tryProvider logs at the start if the identity provider does not work, before users find out. The server starts anyway.
func (s *server) tryProvider(ctx context.Context) {
	if s.oidc == nil {
		return
	}
	if err := s.oidc.Provider.(*oidc.Client).Reach(ctx); err != nil {
		s.log.Warn("the identity provider is not available: users cannot sign in with it", "issuer", s.oidc.Issuer, "error", err, "cause", errors.Unwrap(err))
	}
}
