package repository_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// T-38: a password that was written into a URL is not repeated by the sentence that refuses it.
func TestT38ARefusedURLKeepsItsPassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://ann:hunter2@git.example.org/x", "ssh://ann:hunter2@git.example.org/x", "ann:hunter2@git.example.org/x", "https://hunter2@h/x", "https://a@hunter2@h/"} {
		err := repository.Repository{Name: "x", URL: url, DefaultBranch: "main"}.Check()
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
