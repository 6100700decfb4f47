package provider_test

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

func TestFoldIsReversible(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a", `{"code":429}`, "größe\x00\xff"} {
		folded := provider.Fold(s)
		for _, c := range folded {
			if c < 'a' || c > 'p' {
				t.Errorf("%q folds to %q", s, folded)
			}
		}
		if got := provider.Unfold(folded); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
	if got := provider.Unfold("zz"); got != "" {
		t.Errorf("what was not folded became %q", got)
	}
}
