package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// GroupRule gives who is in a group of the identity provider a role in one team.
type GroupRule struct{ Group, Slug, Role string }

// UnmarshalText reads GROUP=SLUG:ROLE; the group itself may hold = and :, as names of directories do.
func (r *GroupRule) UnmarshalText(b []byte) error {
	equals := strings.LastIndexByte(string(b), '=')
	slug, role, ok := strings.Cut(string(b[equals+1:]), ":")
	if equals < 1 || !ok || slug == "" || !slices.Contains([]string{"lead", "member", "viewer"}, role) {
		return fmt.Errorf("%q is not GROUP=SLUG:ROLE with the role lead, member or viewer, such as developers=payments:member", string(b))
	}
	*r = GroupRule{Group: string(b[:equals]), Slug: slug, Role: role}
	return nil
}

// String is the rule as it is written.
func (r GroupRule) String() string { return r.Group + "=" + r.Slug + ":" + r.Role }

// GroupRules are all rules of --oidc-group.
type GroupRules []GroupRule

// String joins the rules as their variable would be written.
func (l GroupRules) String() string {
	parts := make([]string, len(l))
	for i := range l {
		parts[i] = l[i].String()
	}
	return strings.Join(parts, ";")
}

func (s *Settings) checkOIDC() error {
	if s.OIDCIssuer == "" {
		return s.checkNoOIDC()
	}
	switch {
	case !providerURL(s.OIDCIssuer):
		return fmt.Errorf("--oidc-issuer %q is not https:// and a host, such as https://login.example.org; plain http is for a provider on this host only", s.OIDCIssuer)
	case s.OIDCClientID == "":
		return errors.New("--oidc-issuer needs --oidc-client-id: what this server is called at the provider")
	case s.OIDCSecret != "" && s.OIDCSecretFile != "":
		return fmt.Errorf("--oidc-client-secret-file and %s both give the secret: leave one out", OIDCSecretEnv)
	case s.Demo && s.OIDCEnforced:
		return errors.New("--demo makes people with passwords, which --oidc-enforced closes: leave one out")
	case s.OIDCLoginHours < 1 || s.OIDCLoginHours > 720:
		return fmt.Errorf("--oidc-login-hours is 1 to 720; %d is not", s.OIDCLoginHours)
	case (len(s.OIDCGroup) > 0 || s.OIDCAdminGroup != "") && s.OIDCGroupsClaim == "":
		return errors.New("--oidc-group and --oidc-admin-group need --oidc-groups-claim: the claim that lists groups")
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(s.OIDCLabel)); n < 1 || n > 40 {
		return fmt.Errorf("--oidc-label has 1 to 40 characters; %q has %d", s.OIDCLabel, n)
	}
	return nil
}

// checkNoOIDC refuses settings that would do nothing: somebody believes that they do.
func (s *Settings) checkNoOIDC() error {
	for flag, set := range map[string]bool{"--oidc-client-id": s.OIDCClientID != "", "--oidc-client-secret-file": s.OIDCSecretFile != "", OIDCSecretEnv: s.OIDCSecret != "",
		"--oidc-group": len(s.OIDCGroup) > 0, "--oidc-admin-group": s.OIDCAdminGroup != "", "--oidc-link-email": s.OIDCLinkEmail,
		"--oidc-sign-up": s.OIDCSignUp, "--oidc-enforced": s.OIDCEnforced} {
		if set {
			return fmt.Errorf("%s does nothing without --oidc-issuer", flag)
		}
	}
	return nil
}

// providerURL says whether an issuer is one that nobody on the way can pretend to be.
func providerURL(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && Loopback(net.JoinHostPort(u.Hostname(), "80"))
}
