package git_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// TestALocalRepositorysConfigTellsNothingAboutTheHost: whatever a config points to, the answer is the same if it exists, if it does not, and
// if it is no config.
func TestALocalRepositorysConfigTellsNothingAboutTheHost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, script string }{
		{"include", `git config include.path FILE`},
		{"conditional include", `git config includeIf.gitdir:/.path FILE`},
		{"include in the worktree's config", `git config extensions.worktreeConfig true; git config --worktree include.path FILE`},
		{"include in capitals", `printf '[INCLUDE]\n\tPATH = FILE\n' >> .git/config`},
		{"broken", `echo '[broken FILE' >> .git/config`},
		{"a value that is none", `git config core.repositoryformatversion FILE`},
		{"unknown extension", `git config core.repositoryformatversion 1; git config extensions.FILEX true`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answers := map[string]bool{}
			for _, file := range []string{"/etc/passwd", "/etc/shadow", "/etc/no-such-file-on-any-host"} {
				y := newYard(t, git.Options{})
				name := file
				if tt.name == "unknown extension" {
					name = "a"
				}
				sh(t, y.origin, strings.ReplaceAll(tt.script, "FILE", name))
				var progress []string
				err := y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, func(l string) { progress = append(progress, l) })
				if !fault.Is(err, fault.Invalid) {
					t.Fatalf("%s: %v", file, err)
				}
				answers[err.Error()] = true
				if all := err.Error() + strings.Join(progress, " "); strings.Contains(all, "/etc/") || strings.Contains(all, y.root) || !strings.Contains(all, "config") {
					t.Errorf("the answer: %s", all)
				}
			}
			if len(answers) != 1 {
				t.Errorf("different answers: %v", answers)
			}
		})
	}
}

// TestWhatIsWrongWithALocalRepositoryIsSaidInOurWords covers other damage.
func TestWhatIsWrongWithALocalRepositoryIsSaidInOurWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, script, want string }{
		{"sha256", `rm -rf .git && git init -q --object-format=sha256 -b main . && git add . && git commit -qm x`, "SHA-256"},
		{"missing objects", `rm -r .git/objects/??`, "git fsck"},
		{"HEAD that is none", `echo nonsense > .git/HEAD`, "git fsck"},
	} {
		y := newYard(t, git.Options{})
		sh(t, y.origin, tt.script)
		err := y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), y.root) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
