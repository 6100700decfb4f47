package git_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// aged waits until all files are old enough to be known, by the clock of the file system.
func aged(t *testing.T, y *yard) {
	t.Helper()
	probe := filepath.Join(y.root, "probe")
	now := func() time.Time {
		must(t, os.WriteFile(probe, []byte("x"), 0o600))
		info, err := os.Lstat(probe)
		must(t, err)
		return info.ModTime()
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for begun := now(); now().Sub(begun) < 150*time.Millisecond; {
		<-tick.C
	}
}

func knowsFiles(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("files are known on Linux only")
	}
}

// TestKnownFilesGiveTheSameTree changes trees at random: a checkpoint that reads only what changed has the tree of one that reads
// everything.
func TestKnownFilesGiveTheSameTree(t *testing.T) {
	t.Parallel()
	knowsFiles(t)
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 4))
			y, tree, base := cloned(t, git.Options{LargeFile: 3000, CheckpointFile: 9000})
			known := 0
			for n := int64(1); n <= 16; n += 2 {
				mutate(t, r, tree.Dir)
				if r.IntN(4) > 0 {
					aged(t, y)
				}
				if r.IntN(2) > 0 {
					_, err := y.Diff(t.Context(), tree, base)
					must(t, err)
				}
				got, err := y.Checkpoint(t.Context(), tree, base, "", n)
				must(t, err)
				known += len(git.Known(tree))
				git.Forget(tree)
				want, err := y.Checkpoint(t.Context(), tree, base, "", n+1)
				must(t, err)
				if got.Tree != want.Tree {
					t.Fatalf("step %d has the tree %s, and %s when every file is read:\n%s", n, got.Tree, want.Tree, sh(t, tree.Dir, "git -C "+tree.Own+" diff-tree -r "+got.Tree+" "+want.Tree))
				}
			}
			if known == 0 {
				t.Error("no file was ever known")
			}
		})
	}
}

// TestOnlyChangedFilesAreReadAgain: a known file is not read until it changes, even if its new content has the same length and time.
func TestOnlyChangedFilesAreReadAgain(t *testing.T) {
	t.Parallel()
	knowsFiles(t)
	y, tree, base := cloned(t, git.Options{})
	sh(t, tree.Dir, "echo aaaa > a; echo bbbb > b")
	take := func(n int64) string {
		t.Helper()
		s, err := y.Checkpoint(t.Context(), tree, base, "", n)
		must(t, err)
		return sh(t, tree.Own, "git cat-file blob "+s.Commit+":a")
	}
	take(1)
	aged(t, y)
	take(2)
	if known := git.Known(tree); !slices.Contains(known, "a") || !slices.Contains(known, "b") || !slices.Contains(known, "file") {
		t.Fatalf("%q are known", known)
	}
	must(t, git.Confuse(tree, "a", "b"))
	if got := take(3); got != "bbbb\n" {
		t.Errorf("the file was read again: %q", got)
	}
	sh(t, tree.Dir, "touch -r a ../stamp; echo cccc > a; touch -r ../stamp a")
	if got := take(4); got != "cccc\n" {
		t.Errorf("the change was not seen: %q", got)
	}
}

// A file that has just changed can change again within the same tick of the clock, so it is read again each time.
func TestAFreshFileIsNotKnown(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 12, 0, 0, 500, time.UTC)
	for age, want := range map[time.Duration]bool{-time.Second: false, 0: false, 99 * time.Millisecond: false, 101 * time.Millisecond: true, time.Hour: true} {
		if got := git.IsOld(at, at.Add(age)); got != want {
			t.Errorf("a file that changed %s ago can be known: %t", age, got)
		}
	}
	if whole := at.Truncate(time.Second); git.IsOld(whole, whole.Add(2*time.Second)) || !git.IsOld(whole, whole.Add(4*time.Second)) {
		t.Error("a file system that keeps whole seconds is not seen")
	}
}

// If the objects of known files are gone, all files are read again.
func TestLostObjectsAreWrittenAgain(t *testing.T) {
	t.Parallel()
	knowsFiles(t)
	y, tree, base := cloned(t, git.Options{})
	sh(t, tree.Dir, "mkdir sub; echo aaaa > sub/a")
	aged(t, y)
	one, err := y.Checkpoint(t.Context(), tree, base, "", 1)
	must(t, err)
	sh(t, tree.Own, "rm -rf objects/??")
	two, err := y.Checkpoint(t.Context(), tree, base, "", 2)
	must(t, err)
	if one.Tree != two.Tree {
		t.Errorf("the tree was %s, now %s", one.Tree, two.Tree)
	}
	sh(t, tree.Own, "git cat-file blob "+two.Commit+":sub/a")
	must(t, y.Remove(t.Context(), tree))
	if left, _ := filepath.Glob(tree.Own + "*"); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}
