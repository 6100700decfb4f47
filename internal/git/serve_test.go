package git_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// keep makes a session's tree with a new file the tip of its branch and returns the commit.
func (y *yard) keep(t *testing.T, tree git.Tree, branch, file string) string {
	t.Helper()
	base, err := y.NewTree(t.Context(), tree, branch, "main")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(tree.Dir, file), []byte("work in "+file+"\n"), 0o600))
	saved, err := y.Save(t.Context(), tree, git.Save{Base: base, Message: "Do " + file, At: time.Unix(1e9, 0)})
	must(t, err)
	must(t, y.SetBranch(t.Context(), y.bare, branch, saved.Commit))
	return saved.Commit
}

func TestASessionsBranchOutlivesFetches(t *testing.T) {
	t.Parallel()
	y, tree, _ := cloned(t, git.Options{})
	const branch = "orchestrator/1-work"
	commit := y.keep(t, tree, branch, "a")
	must(t, y.Fetch(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	if got, err := y.Branch(t.Context(), y.bare, branch); err != nil || got != commit {
		t.Errorf("after a fetch the branch is at %q, %v", got, err)
	}
	must(t, y.DropBranch(t.Context(), y.bare, branch))
	must(t, y.DropBranch(t.Context(), y.bare, branch))
	if got, err := y.Branch(t.Context(), y.bare, branch); err != nil || got != "" {
		t.Errorf("a dropped branch is at %q, %v", got, err)
	}
}

// address serves the bare clone by HTTP as the server does.
func (y *yard) address(t *testing.T) string {
	t.Helper()
	answer := func(w http.ResponseWriter, r *http.Request) {
		protocol := r.Header.Get("Git-Protocol")
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			if err := y.Advertise(r.Context(), y.bare, protocol, w); err != nil {
				t.Error(err)
			}
			return
		}
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = y.Upload(r.Context(), y.bare, protocol, body, w)
		}
		if err != nil {
			t.Error(err)
		}
	}
	s := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(s.Close)
	return s.URL
}

// shown is a yard with one visible session, one hidden one and a hidden checkpoint.
func shown(t *testing.T) (y *yard, visible, hidden, checkpoint string) {
	t.Helper()
	y, tree, base := cloned(t, git.Options{})
	visible = y.keep(t, tree, "orchestrator/1-work", "a")
	hidden = y.keep(t, y.tree("s2"), "orchestrator/2-hidden", "secret")
	checkpoint = strings.TrimSpace(sh(t, y.bare, `c=$(git commit-tree -p `+base+` -m checkpoint `+hidden+`^{tree}) && git update-ref refs/orchestrator/checkpoints/s1/1 $c && echo $c`))
	must(t, y.Show(t.Context(), y.bare, "main", []string{"orchestrator/1-work", "orchestrator/3-missing"}))
	return y, visible, hidden, checkpoint
}

func TestAFetchSeesTheBaseAndTheSessions(t *testing.T) {
	t.Parallel()
	y, visible, _, _ := shown(t)
	url := y.address(t)
	for version := range 3 {
		in := filepath.Join(y.root, fmt.Sprint("client", version))
		must(t, os.Mkdir(in, 0o700))
		gitv := fmt.Sprintf("git -c protocol.version=%d -c http.postBuffer=65536 ", version)
		got := sh(t, in, gitv+`ls-remote `+url+` | cut -f2 | sort -u`)
		if want := "HEAD\nrefs/heads/main\nrefs/heads/orchestrator/1-work\n"; got != want {
			t.Errorf("version %d lists %q, want %q", version, got, want)
		}
		sh(t, in, gitv+`clone -q `+url+` whole && `+gitv+`clone -q --depth 1 `+url+` shallow && git -C shallow fetch -q --unshallow && git -C whole fsck`)
		if got := sh(t, filepath.Join(in, "whole"), gitv+`fetch -q `+url+` orchestrator/1-work && git rev-parse FETCH_HEAD && git branch --show-current`); got != visible+"\nmain\n" {
			t.Errorf("version %d fetched %s", version, got)
		}
	}
	must(t, y.Fetch(t.Context(), git.Source{Path: y.origin}, y.bare, nil))
	if got := sh(t, y.root, `git ls-remote `+url+` | sort -u | wc -l`); strings.TrimSpace(got) != "3" {
		t.Errorf("after a fetch, %s refs are visible", got)
	}
	must(t, y.Show(t.Context(), y.bare, "main", nil))
	if got := sh(t, y.root, `git ls-remote `+url+` | sort -u | wc -l`); strings.TrimSpace(got) != "2" {
		t.Errorf("without the session, %s refs are visible", got)
	}
}

func packet(lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		if len(l) == 4 && l[:3] == "000" {
			b.WriteString(l)
			continue
		}
		fmt.Fprintf(&b, "%04x%s", len(l)+4, l)
	}
	return b.String()
}

// requests are the ways to ask for one object by its ID.
func requests(object string) map[string][2]string {
	return map[string][2]string{
		"version 0":            {"", packet("want "+object+" side-band-64k ofs-delta\n", "0000", "done\n")},
		"version 0, no caps":   {"", packet("want "+object+"\n", "0000", "done\n")},
		"version 1":            {"version=1", packet("want "+object+" no-progress\n", "0000", "done\n")},
		"version 2":            {"version=2", packet("command=fetch", "object-format=sha1", "0001", "want "+object+"\n", "done\n", "0000")},
		"version 2, capital":   {"version=2", packet("command=fetch", "0001", "want "+strings.ToUpper(object)+"\n", "done\n", "0000")},
		"version 2, a shallow": {"version=2", packet("command=fetch", "0001", "deepen 1\n", "want "+object+"\n", "done\n", "0000")},
	}
}

func TestNoHiddenObjectComesOutByItsID(t *testing.T) {
	t.Parallel()
	y, visible, hidden, checkpoint := shown(t)
	ask := func(r [2]string) string {
		var out bytes.Buffer
		must(t, y.Upload(t.Context(), y.bare, r[0], []byte(r[1]), &out))
		return out.String()
	}
	one := func(rev string) string { return strings.TrimSpace(sh(t, y.bare, `git rev-parse `+rev)) }
	tag := strings.TrimSpace(sh(t, y.bare, `git tag -a -m note hidden-tag `+visible+` && git rev-parse hidden-tag`))
	refused := map[string]string{"a hidden branch": hidden, "a checkpoint": checkpoint, "a hidden blob": one(hidden + ":secret"), "a visible blob": one(visible + ":a"),
		"a visible tree": one(visible + "^{tree}"), "a hidden tag": tag, "nothing": strings.Repeat("ab", 20)}
	for what, object := range refused {
		for how, r := range requests(object) {
			if got := ask(r); got != "0021ERR upload-pack: not our ref\n" {
				t.Errorf("%s, %s: %.60q", what, how, got)
			}
		}
	}
	for what, object := range map[string]string{"a tip": visible, "an ancestor": one(visible + "~1")} {
		for how, r := range requests(object) {
			if got := ask(r); !strings.Contains(got, "PACK") {
				t.Errorf("%s, %s: %.60q", what, how, got)
			}
		}
	}
	both := packet("command=fetch", "0001", "want "+visible+"\n", "want "+hidden+"\n", "done\n", "0000")
	for what, body := range map[string]string{"two wants": both, "a want after the end": packet("command=fetch", "0001", "want "+visible, "done", "0000") + packet("want "+hidden),
		"a ref": packet("command=fetch", "0001", "want-ref refs/heads/orchestrator/2-hidden\n", "done\n", "0000"), "a cut line": "00ffwant", "no length": "zzzz",
		"another command": packet("command=object-info", "0001", "oid "+hidden, "0000"), "a hidden boundary": packet("command=fetch", "0001", "deepen-not refs/orchestrator/x\n", "want "+visible+"\n", "done\n", "0000")} {
		if got := ask([2]string{"version=2", body}); got != "0021ERR upload-pack: not our ref\n" {
			t.Errorf("%s: %.60q", what, got)
		}
	}
}
