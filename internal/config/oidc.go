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

// GroupRule grants the members of an identity provider's group a role in one team.
type GroupRule struct{ Group, Slug, Role string }

// UnmarshalText reads GROUP=SLUG:ROLE. The group itself can contain = and :, as directory names do.
func (r *GroupRule) UnmarshalText(b []byte) error {
	rule := strings.TrimSpace(string(b))
	equals := strings.LastIndexByte(rule, '=')
	slug, role, ok := strings.Cut(rule[equals+1:], ":")
	if equals < 1 || !ok || slug == "" || !slices.Contains([]string{"lead", "member", "viewer"}, role) {
		return fmt.Errorf("%q is not valid: use GROUP=SLUG:ROLE, where ROLE is lead, member or viewer, such as developers=payments:member", string(b))
	}
	*r = GroupRule{Group: rule[:equals], Slug: slug, Role: role}
	return nil
}

// String writes the rule as on the command line.
func (r GroupRule) String() string { return r.Group + "=" + r.Slug + ":" + r.Role }

// GroupRules are all rules of --oidc-group.
type GroupRules []GroupRule

// String joins the rules as in their variable.
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
		return fmt.Errorf("--oidc-issuer %q is not valid: use https:// and a host, such as https://login.example.org (http:// only for a provider on this host)", s.OIDCIssuer)
	case s.OIDCClientID == "":
		return errors.New("--oidc-issuer also requires --oidc-client-id, the client ID of this server at the provider")
	case s.OIDCSecret != "" && s.OIDCSecretFile != "":
		return fmt.Errorf("--oidc-client-secret-file and %s both set the client secret: use only one of them", OIDCSecretEnv)
	case s.Demo && s.OIDCEnforced:
		return errors.New("--demo creates users with passwords, which --oidc-enforced turns off: use only one of them")
	case s.OIDCLoginHours < 1 || s.OIDCLoginHours > 720:
		return fmt.Errorf("--oidc-login-hours must be between 1 and 720 (it is %d)", s.OIDCLoginHours)
	case (len(s.OIDCGroup) > 0 || s.OIDCAdminGroup != "") && s.OIDCGroupsClaim == "":
		return errors.New("--oidc-group and --oidc-admin-group also require --oidc-groups-claim, the claim that lists a user's groups")
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(s.OIDCLabel)); n < 1 || n > 40 {
		return fmt.Errorf("--oidc-label must have 1 to 40 characters (%q has %d)", s.OIDCLabel, n)
	}
	return nil
}

// checkNoOIDC refuses settings without effect, because whoever set them expects an effect.
func (s *Settings) checkNoOIDC() error {
	var found []error
	for _, f := range []struct {
		name string
		set  bool
	}{{"--oidc-client-id", s.OIDCClientID != ""}, {"--oidc-client-secret-file", s.OIDCSecretFile != ""}, {OIDCSecretEnv, s.OIDCSecret != ""},
		{"--oidc-group", len(s.OIDCGroup) > 0}, {"--oidc-admin-group", s.OIDCAdminGroup != ""}, {"--oidc-link-email", s.OIDCLinkEmail},
		{"--oidc-sign-up", s.OIDCSignUp}, {"--oidc-enforced", s.OIDCEnforced}} {
		if f.set {
			found = append(found, fmt.Errorf("%s has no effect without --oidc-issuer", f.name))
		}
	}
	return errors.Join(found...)
}

// providerURL reports whether nobody on the network can impersonate the issuer.
func providerURL(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && Loopback(net.JoinHostPort(u.Hostname(), "80"))
}
