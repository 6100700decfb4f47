package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheIdentityProvidersSettingsAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Settings)
		says   string
	}{
		"enforced alone":          {func(s *Settings) { s.OIDCIssuer, s.OIDCEnforced = "", true }, "--oidc-enforced has no effect without --oidc-issuer"},
		"a secret alone":          {func(s *Settings) { s.OIDCIssuer, s.OIDCClientID, s.OIDCSecret = "", "", "x" }, "ORCHESTRATOR_OIDC_CLIENT_SECRET"},
		"no client":               {func(s *Settings) { s.OIDCClientID = "" }, "--oidc-client-id"},
		"plain http":              {func(s *Settings) { s.OIDCIssuer = "http://login.example.org" }, "https://"},
		"no address":              {func(s *Settings) { s.OIDCIssuer = "login.example.org" }, "https://"},
		"a password in it":        {func(s *Settings) { s.OIDCIssuer = "https://a:b@login.example.org" }, "--oidc-issuer"},
		"two secrets":             {func(s *Settings) { s.OIDCSecret, s.OIDCSecretFile = "x", "/run/secret" }, "use only one of them"},
		"no hours":                {func(s *Settings) { s.OIDCLoginHours = 0 }, "--oidc-login-hours"},
		"groups from nowhere":     {func(s *Settings) { s.OIDCGroupsClaim, s.OIDCAdminGroup = "", "ops" }, "--oidc-groups-claim"},
		"no label":                {func(s *Settings) { s.OIDCLabel = " " }, "--oidc-label"},
		"right":                   {func(*Settings) {}, ""},
		"a provider on this host": {func(s *Settings) { s.OIDCIssuer = "http://[::1]:9000/realm" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := plain(t)
			s.OIDCIssuer, s.OIDCClientID, s.OIDCLabel, s.OIDCGroupsClaim, s.OIDCLoginHours = "https://login.example.org", "orchestrator", "Foundry ID", "groups", 12
			c.change(&s)
			err := s.Check()
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAGroupIsReadWithItsTeamAndRole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]GroupRule{
		"devs=payments:member":                    {"devs", "payments", "member"},
		"cn=devs,ou=groups,dc=example=acme:lead":  {"cn=devs,ou=groups,dc=example", "acme", "lead"},
		"https://id.example/groups/1=acme:viewer": {"https://id.example/groups/1", "acme", "viewer"},
	} {
		var r GroupRule
		if err := r.UnmarshalText([]byte(text)); err != nil || !cmp.Equal(r, want) || r.String() != text {
			t.Errorf("%s is %+v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "devs", "devs=payments", "devs=payments:king", "=payments:lead", "devs=:lead", "devs:lead"} {
		var r GroupRule
		if err := r.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "GROUP=SLUG:ROLE") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
