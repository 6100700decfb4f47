package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// treeFiles is how many files the measured tree has.
const treeFiles = 10_000

// BenchmarkCheckpoint measures checkpoints of a working tree with many files, and the restore of all of them.
func BenchmarkCheckpoint(b *testing.B) {
	dir := b.TempDir()
	g, err := git.New(git.Options{Home: filepath.Join(dir, "home")})
	if err != nil {
		b.Fatal(err)
	}
	tree := git.Tree{Dir: filepath.Join(dir, "work", "tree"), Git: filepath.Join(dir, "work", "git"), Own: filepath.Join(dir, "trees", "s.git")}
	base, err := g.NewEmptyTree(b.Context(), tree)
	if err != nil {
		b.Fatal(err)
	}
	write := func(n int, text string) {
		for i := range n {
			name := filepath.Join(tree.Dir, fmt.Sprintf("d%02d", i%100), fmt.Sprintf("f%05d.txt", i))
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(name, fmt.Appendf(nil, "%s %d\n", text, i), 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	took := map[string]time.Duration{}
	var n int64
	earlier := ""
	take := func(name string) (commit, hash string) {
		n++
		began := time.Now()
		s, err := g.Checkpoint(b.Context(), tree, base, earlier, n)
		if err != nil {
			b.Fatal(err)
		}
		took[name], earlier = time.Since(began), s.Commit
		return s.Commit, s.Tree
	}
	for b.Loop() {
		write(treeFiles, "first")
		commit, hash := take("checkpoint of 10,000 new files")
		write(10, "second")
		take("checkpoint after 10 changes")
		if err := os.RemoveAll(tree.Dir); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := g.Restore(b.Context(), tree, git.EmptyBranch, base, commit, hash); err != nil {
			b.Fatal(err)
		}
		took["restore of 10,000 files"] = time.Since(began)
	}
	for _, name := range []string{"checkpoint of 10,000 new files", "checkpoint after 10 changes", "restore of 10,000 files"} {
		report(b, name, millis(took[name]), "ms")
	}
}
