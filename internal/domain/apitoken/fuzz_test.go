package apitoken_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
)

// T-48: whatever stands in Authorization, at most a bounded text that begins like a token is looked up.
func FuzzT48Authorization(f *testing.F) {
	text, _ := apitoken.Mint()
	for _, s := range []string{"Bearer " + text, "bearer " + text, "Basic b3JjXzpv", "Bearer orc_' OR 1=1 --", "Bearer  " + text, "Bearer orc_\x00", "orc_x", "Bearer orc_" + strings.Repeat("a", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := apitoken.FromHeader(header)
		if got != "" && (!strings.HasPrefix(got, apitoken.Prefix) || len(got) > 100 || !strings.HasSuffix(header, got)) {
			t.Fatalf("%q gives %q", header, got)
		}
	})
}
