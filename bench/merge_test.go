package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// mergeEntries is how many branches a measured queue merges.
const mergeEntries = 16

// BenchmarkMergeQueue measures the git part of a merge queue on a repository with 10,000 files: merging sessions of one commit (rebased)
// and of two (merged), each onto what is ahead, without checks.
func BenchmarkMergeQueue(b *testing.B) {
	dir := b.TempDir()
	script(b, dir, `git init -q -b main origin && cd origin && for d in $(seq 100); do mkdir d$d && for f in $(seq 100); do echo "$d $f" > d$d/f$f; done; done && git add . && git commit -qm first`)
	g, err := git.New(git.Options{Home: filepath.Join(dir, "home")})
	check(b, err)
	bare := filepath.Join(dir, "bare.git")
	check(b, g.Clone(b.Context(), git.Source{Path: filepath.Join(dir, "origin")}, bare, nil))
	for commits, name := range map[int]string{1: "rebase", 2: "merge"} {
		heads := mergeHeads(b, dir, commits)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				onto, begun := strings.TrimSpace(script(b, bare, `git rev-parse origin/main`)), time.Now()
				for _, h := range heads {
					m, ok, err := g.Rebase(b.Context(), bare, onto, h, begun)
					if err == nil && !ok {
						m, err = g.Merge(b.Context(), bare, onto, h, git.Commit{Message: "Merge\n", At: begun})
					}
					check(b, err)
					onto = m.Commit
				}
				report(b, "one after another", mergeEntries/time.Since(begun).Seconds(), "sessions per second")
			}
		})
	}
}

// mergeHeads makes a branch for each entry, with a number of commits, in files of its own.
func mergeHeads(b *testing.B, dir string, commits int) (heads []string) {
	for i := range mergeEntries {
		name := fmt.Sprintf("orchestrator/%d-%d", commits, i)
		out := script(b, filepath.Join(dir, "origin"), fmt.Sprintf(`git checkout -q -b %s main && for c in $(seq %d); do echo $c >> d%d/f$c && git commit -qam "work $c"; done && git push -q ../bare.git HEAD:refs/heads/%s && git rev-parse HEAD`, name, commits, i+1, name))
		heads = append(heads, strings.TrimSpace(out))
	}
	return heads
}

func script(b *testing.B, dir, text string) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), "bash", "-euc", text)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%s: %v: %s", text, err, out)
	}
	return string(out)
}
