package git_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// visible lists all that a checkpoint keeps of a tree, as the agent's own git sees it. It sees a repository inside as one name.
const visible = `git ls-files -z -co --exclude-standard | while IFS= read -r -d '' f; do
	if [ -d "$f" ] && [ ! -h "$f" ]; then find "$f" -name .git -prune -o -type f -print0; else printf '%s\0' "$f"; fi; done | sort -zu | while IFS= read -r -d '' f; do
	if [ -h "$f" ]; then echo "$f link $(readlink "$f")"; elif [ -f "$f" ]; then echo "$f $(test -x "$f" && echo x || echo -) $(md5sum < "$f")"; fi; done`

// mutate changes a tree at random. Every script leaves a tree that another one can follow.
func mutate(t *testing.T, r *rand.Rand, dir string) {
	t.Helper()
	n := r.IntN(1000)
	scripts := []string{
		fmt.Sprintf(`echo line %d >> file 2>/dev/null || true`, n),
		fmt.Sprintf(`[ -d new ] || rm -f new; mkdir -p new/%d/deep; echo %d > new/%d/deep/f`, n%5, n, n%5),
		fmt.Sprintf(`mkdir -p data; head -c %d /dev/urandom > data/bin%d`, n*20, n%4),
		`rm -rf new; echo 'a file now' > new`,
		`rm -rf dir; echo x > dir`,
		`rm -rf dir; mkdir -p dir/sub; echo y > dir/sub/two`,
		fmt.Sprintf(`test -e data && mv data moved%d || true`, n%3),
		`test -f file && mv file 'renamed file' || { rm -rf file; echo one > file; }`,
		`ln -sfn /etc/passwd out; ln -sfn ../.. up; ln -sfn nowhere 'dangling link'`,
		`rm -rf link; echo real > link`,
		`rm -rf link; ln -s dir link; rm -rf out; mkdir out; echo inside > out/f`,
		`chmod +x noend 2>/dev/null || true; chmod -x run 2>/dev/null || true`,
		`chmod -x noend 2>/dev/null || true; chmod +x run 2>/dev/null || true`,
		fmt.Sprintf("printf %d > 'with space'; printf %d > $'tab\\tand\\nline'; printf %d > 'ünï 🙂'; printf x > '*?[x]'; printf y > '-dash'", n, n, n),
		fmt.Sprintf(`mkdir -p ignored; echo %d > ignored/f`, n),
		`echo '*.log' >> .gitignore; echo noise > a.log`,
		`echo 'ignored/' > .gitignore`,
		`printf '* text=auto\n*.crlf eol=crlf\n' > .gitattributes; printf 'a\r\nb\r\n' > win.crlf`,
		`rm -f .gitattributes`,
		fmt.Sprintf(`git add -A && git commit -qm %d || true`, n),
		`git init -q inner 2>/dev/null && echo 1 > inner/a || true`,
		`rm -rf inner`,
		`mkdir -p closed; echo c > closed/f; chmod 500 closed`,
		`chmod 700 closed 2>/dev/null || true; rm -rf closed`,
		`mkdir -p a; rm -rf a/b; ln -sfn ../dir a/b; mkdir -p empty/dirs`,
		`rm -rf a; mkdir -p a/b; echo deep > a/b/c`,
	}
	for range 1 + r.IntN(6) {
		sh(t, dir, scripts[r.IntN(len(scripts))])
	}
}

// restore restores as often as the verb does.
func restore(t *testing.T, y *yard, tree git.Tree, branch, base string, s session.Snapshot) {
	t.Helper()
	err := y.Restore(t.Context(), tree, branch, base, s.Commit, s.Tree)
	if errors.Is(err, git.ErrDiffers) {
		err = y.Restore(t.Context(), tree, branch, base, s.Commit, s.Tree)
	}
	must(t, err)
}

// TestRandomTreesComeBack takes checkpoints of trees that change at random and restores them in random order.
func TestRandomTreesComeBack(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{false, true} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("without repository %v, seed %d", empty, seed), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(seed, 9))
				y, tree, base := cloned(t, git.Options{})
				branch := "orchestrator/1-work"
				if empty {
					tree, branch = y.tree("empty"), "main"
					tree.Bare = ""
					var err error
					base, err = y.NewEmptyTree(t.Context(), tree)
					must(t, err)
				}
				var taken []session.Snapshot
				var seen []string
				for n := range int64(6) {
					mutate(t, r, tree.Dir)
					s, err := y.Checkpoint(t.Context(), tree, base, "", n+1)
					must(t, err)
					taken, seen = append(taken, s), append(seen, sh(t, tree.Dir, visible))
				}
				for range 10 {
					i := r.IntN(len(taken))
					if r.IntN(2) == 0 {
						mutate(t, r, tree.Dir)
					}
					switch r.IntN(6) {
					case 0:
						sh(t, y.root, `chmod -R u+w work; rm -rf `+tree.Dir)
					case 1:
						sh(t, y.root, `chmod -R u+w work; rm -rf `+tree.Dir+` `+tree.Git)
					}
					restore(t, y, tree, branch, base, taken[i])
					if diff := cmp.Diff(seen[i], sh(t, tree.Dir, visible)); diff != "" {
						t.Fatalf("checkpoint %d came back otherwise (-then +now):\n%s", i+1, diff)
					}
					again, err := y.Checkpoint(t.Context(), tree, base, taken[i].Commit, 100)
					must(t, err)
					if again.Tree != taken[i].Tree || again.Step != (session.Sums{}) {
						t.Fatalf("checkpoint %d has tree %s, restored it has %s, and differs by %+v", i+1, taken[i].Tree, again.Tree, again.Step)
					}
				}
			})
		}
	}
}

// TestARestoreFollowsNoLink: an agent puts links where the restored files were.
func TestARestoreFollowsNoLink(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	sh(t, tree.Dir, `mkdir deep; echo mine > deep/f; echo gone > deep/g`)
	s, err := y.Checkpoint(t.Context(), tree, base, "", 1)
	must(t, err)
	outside := filepath.Join(y.root, "outside")
	sh(t, y.root, `mkdir outside; echo theirs > outside/f; echo theirs > outside/two; echo theirs > outside/file`)
	sh(t, tree.Dir, `rm -rf deep dir file; ln -s `+outside+` deep; ln -s `+outside+` dir; ln -s `+outside+`/file file; rm .git; mkdir .git; echo 'ref: x' > .git/HEAD
		printf '[core]\n\tfsmonitor = touch `+outside+`/ran\n' > .git/config`)
	restore(t, y, tree, "orchestrator/1-work", base, s)
	if got := sh(t, outside, `ls; cat *`); got != "f\nfile\ntwo\ntheirs\ntheirs\ntheirs\n" {
		t.Errorf("outside: %q", got)
	}
	if got := sh(t, tree.Dir, `cat deep/f dir/two file .git`); got != "mine\ntwo\none\ngitdir: ../git\n" {
		t.Errorf("in the tree: %q", got)
	}
}

// TestCheckpointsAreOutOfSight: no fetch deletes or fetches them, and no clone of a team, which its agents read, contains them.
func TestCheckpointsAreOutOfSight(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	sh(t, tree.Dir, `echo secret > untracked`)
	s, err := y.Checkpoint(t.Context(), tree, base, "", 1)
	must(t, err)
	sh(t, y.origin, `git checkout -q --orphan fresh && git commit -qm fresh && git branch -D main -q`)
	must(t, y.Fetch(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	for _, dir := range []string{y.bare, tree.Git} {
		sh(t, dir, `! git --git-dir=. cat-file -e `+s.Commit+` 2>/dev/null; ! git --git-dir=. for-each-ref | grep checkpoints`)
	}
	if got := sh(t, tree.Dir, `git branch -a; git status --porcelain`); got != "* orchestrator/1-work\n  remotes/origin/main\n?? untracked\n" {
		t.Errorf("the agent sees %q", got)
	}
	sh(t, tree.Dir, `rm untracked`)
	restore(t, y, tree, "orchestrator/1-work", base, s)
	if sh(t, tree.Dir, `cat untracked`) != "secret\n" {
		t.Error("the checkpoint did not survive the fetch")
	}
}

func TestSumsOfACheckpoint(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{CheckpointFile: 10_000})
	sh(t, tree.Dir, `echo more >> file; head -c 20000 /dev/zero > huge`)
	first, err := y.Checkpoint(t.Context(), tree, base, "", 1)
	must(t, err)
	sh(t, tree.Dir, `echo a > new; mv dir/two dir/zwei`)
	second, err := y.Checkpoint(t.Context(), tree, base, first.Commit, 2)
	must(t, err)
	one, two := session.Sums{Files: 1, Additions: 1}, session.Sums{Files: 3, Additions: 2}
	if first.Since != one || first.Step != one || second.Since != two || second.Step != (session.Sums{Files: 2, Additions: 1}) {
		t.Errorf("sums: %+v, %+v", first, second)
	}
	d, err := y.CompareCheckpoints(t.Context(), tree, first.Commit, second.Commit)
	must(t, err)
	if len(d.Files) != 2 || !strings.Contains(string(d.Patch), "rename to dir/zwei") {
		t.Errorf("compared: %+v\n%s", d.Files, d.Patch)
	}
	restore(t, y, tree, "orchestrator/1-work", base, first)
	if sh(t, tree.Dir, `wc -c < huge; ls dir`) != "20000\ntwo\n" {
		t.Error("a file that no checkpoint contains was touched")
	}
}

// TestDroppedCheckpointsAreGone: the refs and, after packing, the objects.
func TestDroppedCheckpointsAreGone(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	var all []session.Snapshot
	for n := range int64(25) {
		must(t, os.WriteFile(filepath.Join(tree.Dir, "f"), fmt.Appendf(nil, "%d", n), 0o600))
		s, err := y.Checkpoint(t.Context(), tree, base, "", n+1)
		must(t, err)
		all = append(all, s)
	}
	must(t, y.DropCheckpoints(t.Context(), tree, []int64{3, 25}, 25))
	for i, s := range all {
		err := y.Restore(t.Context(), tree, "orchestrator/1-work", base, s.Commit, s.Tree)
		if kept := i == 2 || i == 24; kept && err != nil || !kept && !fault.Is(err, fault.Conflict) {
			t.Errorf("checkpoint %d: %v", i+1, err)
		}
	}
	if got := sh(t, tree.Dir, `cat f`); got != "24" {
		t.Errorf("f has %q", got)
	}
}

func TestAForkStartsAtTheCheckpoint(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{false, true} {
		t.Run(fmt.Sprint("without repository ", empty), func(t *testing.T) {
			t.Parallel()
			y, tree, base := cloned(t, git.Options{})
			branch, other := "orchestrator/2-fork", y.tree("s2")
			if empty {
				tree, branch = y.tree("empty"), "main"
				tree.Bare, other.Bare = "", ""
				var err error
				base, err = y.NewEmptyTree(t.Context(), tree)
				must(t, err)
			}
			sh(t, tree.Dir, `echo x > untracked; ln -sfn away link; printf '\000' > bin; mkdir -p s; echo '#!' > s/run; chmod +x s/run`)
			s, err := y.Checkpoint(t.Context(), tree, base, "", 1)
			must(t, err)
			want := sh(t, tree.Dir, visible)
			sh(t, tree.Dir, `echo later > later; rm untracked`)
			for range 2 { // a second call, after the server was killed, does the same
				must(t, y.Fork(t.Context(), tree, other, branch, base, s.Commit, s.Tree))
			}
			if diff := cmp.Diff(want, sh(t, other.Dir, visible)); diff != "" {
				t.Errorf("the fork differs (-checkpoint +fork):\n%s", diff)
			}
			if got := sh(t, other.Dir, `git branch --show-current; git rev-parse HEAD`); got != branch+"\n"+base+"\n" {
				t.Errorf("the fork is at %q", got)
			}
			must(t, y.Remove(t.Context(), tree))
			again, err := y.Checkpoint(t.Context(), other, base, "", 1)
			must(t, err)
			if again.Tree != s.Tree {
				t.Error("the fork needs the tree it came from")
			}
		})
	}
}
