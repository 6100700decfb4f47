package git_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// listing tells everything about a tree that git can keep.
const listing = `find . -name .git -prune -o \( -type f -o -type l \) -printf '%P %l %y ' -exec sh -c 'test -x "$1" && echo x || echo -; test -h "$1" || md5sum < "$1"' _ {} \; | sort`

func TestThePatchMakesTheTree(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, script string }{
		{"edit", `echo more >> file; echo three > dir/two`},
		{"new", `echo new > new; mkdir -p a/b; echo deep > a/b/c; : > empty`},
		{"delete", `rm file dir/two`},
		{"rename", `seq 100 > long; git add . ; git commit -qm long; git mv long longer`},
		{"rename of the base", `mkdir moved; mv dir/two moved/deux; mv bin moved/bin2`},
		{"binary", `printf '\001\000\377' > bin; head -c 5000 /dev/urandom > bin2`},
		{"modes", `chmod -x run; chmod +x file; echo '#!' > x; chmod +x x`},
		{"no end", `printf ' at all' >> noend; printf x > noend2; echo end >> file; printf 'one' > file`},
		{"names", `echo 1 > 'with space'; echo 2 > 'ünï—cödé 🙂'; echo 3 > 'a"quote\back'; echo 4 > "tab	tab"; printf 5 > 'new
line'; echo 6 > '-dash'; echo 7 > '*?[x]'; echo 8 > ' lead'; echo 9 > ':(top)x'`},
		{"links", `ln -sfn /etc/passwd link; ln -s ../../outside out; rm file; ln -s nowhere file; rm run; mkdir run; echo x > run/x`},
		{"link to file", `rm link; echo real > link`},
		{"file to directory", `rm file; mkdir file; echo x > file/x; rm -r dir; echo x > dir`},
		{"crlf", `printf 'a\r\nb\r\n' > crlf; printf 'one\r\n' > file`},
		{"not text", `printf 'caf\351\n' > latin1`},
		{"looks like a patch", `printf 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n' > p; printf '\ndiff --git a/file b/file\n' >> file`},
		{"staged and committed", `echo 1 > staged; git add staged; echo 2 > done; git add done; git commit -qm done; echo 3 >> done`},
		{"ignored stays out", `mkdir ignored; echo x > ignored/x; echo '*.log' >> .gitignore; echo x > a.log; echo keep > b`},
		{"nothing", `true`},
		{"repository inside", `git init -q app; cd app; echo 1 > a; echo '/target/' > .gitignore; mkdir target; echo no > target/x; git add .; git commit -qm x; echo 2 > b; mkdir d; echo 3 > d/c`},
		{"repository without a commit", `git init -q app; echo 1 > app/a`},
		{"repositories in each other", `mkdir a; git init -q a/b; echo 1 > a/b/x; git init -q a/b/c; echo 2 > a/b/c/y; git init -q 'a/ odd*[x]'; echo 3 > 'a/ odd*[x]/z'; git init -q 'new
line'; echo 4 > 'new
line/f'`},
		{"repository in an ignored directory", `mkdir ignored; git init -q ignored/r; echo no > ignored/r/x; echo 'node_modules/' >> .gitignore; mkdir node_modules; git init -q node_modules/m; echo no > node_modules/m/x; echo keep > b`},
		{"git file and git link inside", `mkdir w l; echo 'gitdir: /nowhere' > w/.git; echo 1 > w/a; ln -s ../elsewhere l/.git; echo 2 > l/a`},
		{"file that became a repository", `rm file; git init -q file; echo 1 > file/x`},
		{"clone inside", `git clone -q . copy; echo more >> copy/file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			y, tree, base := cloned(t, git.Options{})
			sh(t, tree.Dir, tt.script)
			d, err := y.Diff(t.Context(), tree, base)
			must(t, err)
			if d.Truncated {
				t.Errorf("truncated: %s", d.Patch)
			}
			fresh := filepath.Join(y.root, "fresh")
			patch := filepath.Join(y.root, "patch")
			must(t, os.WriteFile(patch, d.Patch, 0o600))
			sh(t, y.root, `git clone -q origin fresh`)
			if len(d.Patch) > 0 {
				sh(t, fresh, `git apply --whitespace=nowarn `+patch)
			}
			sh(t, tree.Dir, `find . -mindepth 2 -name .git -prune -exec rm -rf {} +; git clean -qfdX`)
			if diff := cmp.Diff(sh(t, tree.Dir, listing), sh(t, fresh, listing)); diff != "" {
				t.Errorf("the patch makes another tree (-tree +fresh):\n%s\n%s", diff, d.Patch)
			}
			checkParts(t, d)
		})
	}
}

// checkParts reads every file's part with another program's parser and compares the counts.
func checkParts(t *testing.T, d git.Diff) {
	t.Helper()
	for _, f := range d.Files {
		parsed, _, err := gitdiff.Parse(strings.NewReader(f.Patch))
		if f.Binary || err != nil && strings.ContainsAny(f.Path, "\"\n\t") {
			continue // the parser does not read quoted names
		}
		must(t, err)
		added, deleted := 0, 0
		for _, p := range parsed {
			for _, fragment := range p.TextFragments {
				added, deleted = added+int(fragment.LinesAdded), deleted+int(fragment.LinesDeleted)
			}
		}
		if len(parsed) == 0 || added != f.Additions || deleted != f.Deletions {
			t.Errorf("%s: %d parts, +%d -%d, want +%d -%d\n%s", f.Path, len(parsed), added, deleted, f.Additions, f.Deletions, f.Patch)
		}
	}
}

func TestFilesAreNamedByWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{LargeFile: 1000})
	sh(t, tree.Dir, `echo more >> file; rm noend; mv dir/two dir/zwei; printf '\000' > bin; echo new > new; ln -sfn new link
		head -c 2000 /dev/zero > large; git init -q nested; (cd nested && echo x > x && git add x && git commit -qm x); git init -q hollow; mkfifo pipe`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	for i := range d.Files {
		d.Files[i].Patch = ""
	}
	want := []session.FileChange{
		{Path: "bin", Status: "modified", Binary: true},
		{Path: "dir/zwei", OldPath: "dir/two", Status: "renamed"},
		{Path: "file", Status: "modified", Additions: 1},
		{Path: "large", Status: "added", Binary: true, Omitted: session.TooLarge},
		{Path: "link", Status: "modified", Additions: 1, Deletions: 1},
		{Path: "nested/x", Status: "added", Additions: 1},
		{Path: "new", Status: "added", Additions: 1},
		{Path: "noend", Status: "deleted", Deletions: 1},
	}
	if diff := cmp.Diff(want, d.Files); diff != "" {
		t.Error(diff)
	}
	if !d.Truncated || !strings.HasPrefix(string(d.Patch), `# Not in this patch: `) {
		t.Errorf("what is left out is not output: %.200s", d.Patch)
	}
	patch := filepath.Join(y.root, "patch")
	must(t, os.WriteFile(patch, d.Patch, 0o600))
	sh(t, y.root, `git clone -q origin fresh && cd fresh && git apply `+patch)
}

// TestWhatIsLeftOutIsNamedWithItsReason covers each omission: in the file's row and at the patch's head, with the reason.
func TestWhatIsLeftOutIsNamedWithItsReason(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{LargeFile: 1 << 20})
	sh(t, y.origin, `git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub && git commit -qm sub`)
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	tree := y.tree("s1")
	base, err := y.NewTree(t.Context(), tree, "b", "main")
	must(t, err)
	sh(t, tree.Dir, `yes 123456789 | head -c 1200000 > large.txt; head -c 1200000 /dev/zero > large.bin; yes 123456789 | head -c 700000 > long
		mkdir -p sub; echo x > sub/code; echo x > 'git~1'; echo fine > fine`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	got := map[string]session.FileChange{}
	for _, f := range d.Files {
		got[f.Path] = f
	}
	for path, want := range map[string]session.Omission{"large.txt": session.TooLarge, "large.bin": session.TooLarge, "long": session.LongDiff,
		"sub": session.InSubmodule, "git~1": session.InvalidName, "fine": ""} {
		f, ok := got[path]
		if !ok || f.Omitted != want {
			t.Errorf("%s: %v, omitted %q, want %q", path, ok, f.Omitted, want)
		}
		line := fmt.Sprintf("# Not in this patch: %q (%s).\n", path, want.Cause())
		if has := strings.Contains(string(d.Patch), line); has == want.InPatch() {
			t.Errorf("%s: the patch's head has %q: %v", path, line, has)
		}
		if has := strings.Contains(string(d.Patch), " b/"+path+"\n"); has != want.InPatch() {
			t.Errorf("%s: in the patch: %v", path, has)
		}
	}
	if got["large.txt"].Binary || !got["large.bin"].Binary || got["long"].Patch != "" || got["long"].Additions != 70_000 || !d.Truncated {
		t.Errorf("truncated %v, %+v", d.Truncated, d.Files)
	}
}

// TestAFileThatCannotBeReadIsNamed needs a server without root's rights over files.
func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root reads every file")
	}
	y, tree, base := cloned(t, git.Options{})
	sh(t, tree.Dir, `echo x > closed; chmod 0 closed; echo y > open`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if len(d.Files) != 2 || d.Files[0].Path != "closed" || d.Files[0].Omitted != session.Unreadable || d.Files[1].Omitted != "" {
		t.Errorf("%+v", d.Files)
	}
}

func TestALargeFileOfTheBaseIsNoChange(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{LargeFile: 1000})
	sh(t, y.origin, `head -c 5000 /dev/zero > zero; cp zero one; cp zero two; cp zero three; git add . ; git commit -qm large`)
	must(t, y.Clone(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	tree := y.tree("s1")
	base, err := y.NewTree(t.Context(), tree, "b", "main")
	must(t, err)
	sh(t, tree.Dir, `touch zero; printf x | dd of=one conv=notrunc status=none; echo more >> two; rm three`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	var got []string
	for _, f := range d.Files {
		got = append(got, f.Status+" "+f.Path)
	}
	if diff := cmp.Diff([]string{"modified one", "deleted three", "modified two"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTooLargeAPatchIsNamed(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{LargePatch: 10_000})
	sh(t, tree.Dir, `echo small > a; head -c 9000 /dev/urandom | base64 > b`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if !d.Truncated || len(d.Patch) > 200 || !strings.HasPrefix(string(d.Patch), "# Not in this patch") {
		t.Errorf("patch: %.300s", d.Patch)
	}
	if len(d.Files) != 2 || !strings.Contains(d.Files[0].Patch, "+small") || d.Files[1].Patch != "" {
		t.Errorf("files: %+v", d.Files)
	}
	for _, f := range d.Files {
		if f.Omitted != session.PatchTooLarge {
			t.Errorf("%s: omitted %q", f.Path, f.Omitted)
		}
	}
}

func TestDiffAgainSeesTheNextEdit(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	for i := range 3 {
		sh(t, tree.Dir, fmt.Sprintf(`echo %d > file; echo x > f%d`, i, i))
		d, err := y.Diff(t.Context(), tree, base)
		must(t, err)
		if len(d.Files) != i+2 || !strings.Contains(string(d.Patch), fmt.Sprintf("+%d\n", i)) {
			t.Errorf("round %d: %s", i, d.Patch)
		}
	}
	sh(t, tree.Dir, `echo one > file; rm f?`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if len(d.Files) != 0 || len(d.Patch) != 0 {
		t.Errorf("undone, and yet: %s", d.Patch)
	}
}

func TestManyFiles(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	sh(t, tree.Dir, `mkdir many; cd many; seq 3000 | split -l 1 -a 5 -`)
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if len(d.Files) != 3_000 || d.Files[0].Patch == "" || d.Files[2_999].Patch == "" {
		t.Errorf("%d files", len(d.Files))
	}
}

func TestWhatWouldBlockIsRefused(t *testing.T) {
	t.Parallel()
	for _, script := range []string{`rm .gitignore; mkfifo .gitignore`, `mkdir -p a/b; mkfifo a/b/.gitattributes`} {
		y, tree, base := cloned(t, git.Options{Timeout: 120 * time.Second})
		sh(t, tree.Dir, script)
		if _, err := y.Diff(t.Context(), tree, base); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", script, err)
		}
	}
	for _, script := range []string{`mkfifo pipe; rm file; mkfifo file`, `mkdir -p n/.git/objects n/.git/refs; mkfifo n/.git/HEAD`, `mkfifo ../git/x; rm -r .git; mkfifo .git`} {
		y, tree, base := cloned(t, git.Options{Timeout: 120 * time.Second})
		sh(t, tree.Dir, script)
		_, err := y.Diff(t.Context(), tree, base)
		must(t, err)
	}
}
