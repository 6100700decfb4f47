package apitoken_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func TestMintedTokens(t *testing.T) {
	t.Parallel()
	form, hex := regexp.MustCompile(`^orc_[A-Za-z0-9_-]{43}$`), regexp.MustCompile(`^[0-9a-f]{64}$`)
	seen := map[string]bool{}
	for range 1000 {
		text, hash := apitoken.Mint()
		if !form.MatchString(text) || !hex.MatchString(hash) || hash != apitoken.Hash(text) || seen[text] {
			t.Fatalf("minted %s with hash %s", text, hash)
		}
		if apitoken.FromHeader("Bearer "+text) != text {
			t.Fatalf("%s is not read from a header", text)
		}
		seen[text] = true
	}
	// The hash of a known text, so that stored tokens go on working.
	if got := apitoken.Hash("orc_x"); got != "5ec08cd50c2ef78dbd862048e59fc5222529b7b6626319c2a7a7a4f152868b22" {
		t.Errorf("hash: %s", got)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Bearer orc_abc": "orc_abc", "bearer orc_abc": "orc_abc", "BEARER orc_abc": "orc_abc",
		"": "", "orc_abc": "", "Basic orc_abc": "", "Bearer": "", "Bearer ": "", "Bearer abc": "", "Bearer  orc_abc": "", "Bearer ORC_abc": "",
		"Bearer orc_" + strings.Repeat("x", 96): "orc_" + strings.Repeat("x", 96), "Bearer orc_" + strings.Repeat("x", 97): "",
	} {
		if got := apitoken.FromHeader(header); got != want {
			t.Errorf("%q gives %q", header, got)
		}
	}
}

func TestScopesBoundRoles(t *testing.T) {
	t.Parallel()
	for scope, want := range map[apitoken.Scope]tenant.Role{apitoken.Read: tenant.Viewer, apitoken.Run: tenant.Member, apitoken.Manage: tenant.Lead, "": "", "admin": ""} {
		if got := scope.Role(); got != want {
			t.Errorf("%q gives %q", scope, got)
		}
	}
}
