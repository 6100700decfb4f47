package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// gitHouse is the git server of a test. If hold is set, an upload sends a little, sends its context, and continues until that ends.
type gitHouse struct {
	git  *git.Git
	bare string
	hold chan context.Context
	// head is the commit of every session.
	head string
}

func (h *gitHouse) Advertise(ctx context.Context, _ tenant.ID, r repository.Repository, branches []string, protocol string, to io.Writer) error {
	if err := h.git.Show(ctx, h.bare, r.DefaultBranch, branches); err != nil {
		return err
	}
	return h.git.Advertise(ctx, h.bare, protocol, to)
}

func (h *gitHouse) Commit(context.Context, session.Session) (string, error) { return h.head, nil }

func (h *gitHouse) Upload(ctx context.Context, _ tenant.ID, _ repository.ID, protocol string, request []byte, to io.Writer) error {
	if h.hold == nil {
		return h.git.Upload(ctx, h.bare, protocol, request, to)
	}
	if _, err := to.Write([]byte("0008NAK\n")); err != nil {
		return err
	}
	h.hold <- ctx
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C: // as git keeps a connection alive
			if _, err := to.Write([]byte("0005\x01")); err != nil {
				<-ctx.Done()
				return err
			}
		}
	}
}

// gitWorld is a team with a cloned repository named site and a session with one commit.
type gitWorld struct {
	*world
	by    tenant.Actor
	work  session.Session
	token string
	dir   string
}

func newGitWorld(t *testing.T) *gitWorld {
	t.Helper()
	w := &gitWorld{world: newWorld(t, withAPI), dir: t.TempDir()}
	w.by = crew(t, w.world, "alpha")
	w.sh(t, `git init -q -b main origin && cd origin && echo one > file && git add . && git commit -qm first`)
	var err error
	w.git.bare = filepath.Join(w.dir, "bare.git")
	if w.git.git, err = git.New(git.Options{Home: filepath.Join(w.dir, "home")}); err != nil {
		t.Fatal(err)
	}
	if err := w.git.git.Clone(t.Context(), git.Source{Path: filepath.Join(w.dir, "origin")}, w.git.bare, nil); err != nil {
		t.Fatal(err)
	}
	repo := must(w.app.Repos.Repositories(t.Context(), w.by))(t)[0]
	if err := w.app.Repos.Fetched(t.Context(), w.by.Tenant, repo.ID, repository.Inspection{Default: "main", HasDefault: true}); err != nil {
		t.Fatal(err)
	}
	w.work, err = w.app.Work.CreateSession(t.Context(), w.by, session.Session{Title: "Port the ledger", Prompt: "Port it.", Model: "scripted/small", Priority: session.Medium, RepositoryID: repo.ID}, false)
	if err != nil {
		t.Fatal(err)
	}
	w.sh(t, `cd bare.git && tree=$(git rev-parse origin/main^{tree}) && git update-ref refs/heads/`+w.work.Branch+` $(git commit-tree -p origin/main -m work $tree) &&
		git update-ref refs/heads/orchestrator/hidden $(git commit-tree -m hidden $tree)`)
	w.token = w.tokenOf(t, "viewer-alpha", apitoken.Read)
	return w
}

func (w *gitWorld) tokenOf(t *testing.T, name string, scope apitoken.Scope) string {
	t.Helper()
	token, _, err := w.app.People.CreateToken(t.Context(), w.actor("alpha", name), "git", scope, nil)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (w *gitWorld) sh(t *testing.T, script string) string {
	t.Helper()
	out, err := w.run(t, script)
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, out)
	}
	return out
}

func (w *gitWorld) run(t *testing.T, script string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", script)
	cmd.Dir = w.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C.UTF-8",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b"}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// url is the git address with a token as its password.
func (w *gitWorld) url(token string) string {
	return strings.Replace(w.base, "://", "://anyone:"+token+"@", 1) + "/t/alpha/git/site"
}

func TestPeopleFetchASessionsBranchWithGit(t *testing.T) {
	t.Parallel()
	w := newGitWorld(t)
	url := w.url(w.token)
	for version := range 3 {
		g := fmt.Sprintf("git -c protocol.version=%d -c http.postBuffer=65536 ", version)
		w.sh(t, g+`clone -q `+url+fmt.Sprintf(" c%d && cd c%d && ", version, version)+g+`fetch -q `+url+` `+w.work.Branch+` && test $(git log -1 --format=%s FETCH_HEAD) = work && test $(git branch --show-current) = main`)
	}
	list := w.sh(t, `git ls-remote `+url+` | cut -f2 | sort -u`)
	if want := "HEAD\nrefs/heads/main\nrefs/heads/" + w.work.Branch + "\n"; list != want {
		t.Errorf("visible are %q, want %q", list, want)
	}
	if out, err := w.run(t, `cd c2 && git push -q `+url+` HEAD:refs/heads/x`); err == nil || !strings.Contains(out, "read-only") {
		t.Errorf("a push: %v, %s", err, out)
	}
	if out, err := w.run(t, `git ls-remote `+w.url("orc_wrong")); err == nil {
		t.Errorf("a wrong token: %s", out)
	}
	// Many own commits make git pack its request.
	w.sh(t, `cd c2 && for i in $(seq 60); do git update-ref refs/heads/b$i $(git commit-tree -p HEAD -m $i HEAD^{tree}); done && git fetch -q `+url+` `+w.work.Branch+` && git fsck`)
	if err := w.app.Work.DeleteSession(t.Context(), w.by, w.work.ID); err != nil {
		t.Fatal(err)
	}
	if list := w.sh(t, `git ls-remote `+url+` | cut -f2 | sort -u`); list != "HEAD\nrefs/heads/main\n" {
		t.Errorf("after the session was deleted, %q is visible", list)
	}
}

// fetch posts to the git address as git does.
func (w *gitWorld) fetch(t *testing.T, path, token string, body []byte, header ...string) answer {
	t.Helper()
	b := w.browser()
	header = append([]string{"Content-Type", "application/x-git-upload-pack-request"}, header...)
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	return b.do(b.request(http.MethodPost, path, bytes.NewReader(body), header...))
}

const uploadPath = "/t/alpha/git/site/git-upload-pack"

func zipped(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheGitAddressUnpacksGzipWithinALimit(t *testing.T) {
	t.Parallel()
	w := newGitWorld(t)
	w.sh(t, `git ls-remote `+w.url(w.token))
	tip := strings.TrimSpace(w.sh(t, `git -C bare.git rev-parse `+w.work.Branch))
	hidden := strings.TrimSpace(w.sh(t, `git -C bare.git rev-parse orchestrator/hidden`))
	want := func(object string) []byte { return []byte("0032want " + object + "\n00000009done\n") }
	if got := w.fetch(t, uploadPath, w.token, zipped(t, want(tip)), "Content-Encoding", "gzip").want(t, http.StatusOK); !strings.Contains(got.body, "PACK") {
		t.Errorf("a packed request: %.80q", got.body)
	}
	if got := w.fetch(t, uploadPath, w.token, zipped(t, want(hidden)), "Content-Encoding", "x-gzip").want(t, http.StatusOK); !strings.Contains(got.body, "ERR upload-pack: not our ref") {
		t.Errorf("a packed request for a hidden branch: %.80q", got.body)
	}
	w.fetch(t, uploadPath, w.token, []byte("0000")).want(t, http.StatusOK)
	w.fetch(t, uploadPath, w.token, zipped(t, make([]byte, 8<<20+1)), "Content-Encoding", "gzip").want(t, http.StatusRequestEntityTooLarge)
	w.fetch(t, uploadPath, w.token, []byte("not gzip"), "Content-Encoding", "gzip").want(t, http.StatusBadRequest)
	w.fetch(t, uploadPath, "", zipped(t, want(tip)), "Content-Encoding", "gzip").want(t, http.StatusUnauthorized)
	w.fetch(t, uploadPath, w.token, want(tip), "Content-Encoding", "br").want(t, http.StatusUnsupportedMediaType)
	w.fetch(t, uploadPath, w.token, want(tip), "Content-Encoding", "identity, gzip").want(t, http.StatusUnsupportedMediaType)
	w.fetch(t, uploadPath, w.token, want(tip), "Content-Type", "text/plain").want(t, http.StatusUnsupportedMediaType)
}

func TestTheGitAddressOfAnotherTeamIsMissing(t *testing.T) {
	t.Parallel()
	w := newGitWorld(t)
	crew(t, w.world, "beta")
	foreign, _, err := w.app.People.CreateToken(t.Context(), w.actor("beta", "lead-beta"), "git", apitoken.Manage, nil)
	if err != nil {
		t.Fatal(err)
	}
	get := func(path, token string) answer { return w.browser().get(path, "Authorization", "Bearer "+token) }
	const at = "/info/refs?service=git-upload-pack"
	missing := get("/t/nobody/git/site"+at, foreign).want(t, http.StatusNotFound)
	for _, path := range []string{"/t/alpha/git/site" + at, "/t/beta/git/nothing" + at, "/t/beta/git/..%2f.." + at, "/t/alpha/git/" + string(w.work.RepositoryID) + at} {
		if got := get(path, foreign).want(t, http.StatusNotFound); got.body != missing.body {
			t.Errorf("%s: %q, want %q", path, got.body, missing.body)
		}
	}
	stranger := w.browser().get("/t/alpha/git/site"+at).want(t, http.StatusUnauthorized)
	if got := stranger.Header.Get("Www-Authenticate"); got != `Basic realm="git"` {
		t.Errorf("the challenge is %q", got)
	}
	w.signedIn("lead-alpha").get("/t/alpha/git/site"+at).want(t, http.StatusUnauthorized) // cookies do not count
	get("/t/alpha/git/"+string(w.work.RepositoryID)+at, w.token).want(t, http.StatusOK)
	for _, service := range []string{"git-receive-pack", "", "git-upload-archive"} {
		get("/t/alpha/git/site/info/refs?service="+service, w.token).want(t, http.StatusForbidden)
	}
	w.fetch(t, "/t/alpha/git/site/git-receive-pack", w.token, nil).want(t, http.StatusForbidden)
	get("/t/beta/git/site"+at, foreign).want(t, http.StatusServiceUnavailable) // not cloned
}

// reading begins a fetch that does not end by itself, and returns what ends it from the client's side.
func (w *gitWorld) reading(t *testing.T, token string) (server context.Context, leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.base+uploadPath, strings.NewReader("0009done\n"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}()
	return <-w.git.hold, cancel
}

func ended(t *testing.T, what string, ctx context.Context) {
	t.Helper()
	select {
	case <-ctx.Done():
	case <-time.After(20 * time.Second):
		t.Errorf("%s: the fetch goes on", what)
	}
}

func TestFetchesAreFewAndEndWithTheirClient(t *testing.T) {
	t.Parallel()
	w := newGitWorld(t)
	w.git.hold = make(chan context.Context)
	first, leave := w.reading(t, w.token)
	second, _ := w.reading(t, w.token)
	if got := w.fetch(t, uploadPath, w.token, []byte("0009done\n")).want(t, http.StatusTooManyRequests); got.Header.Get("Retry-After") == "" || !strings.Contains(got.body, "at most 2 of yours") {
		t.Errorf("the third fetch of a person: %s", got.body)
	}
	leave()
	ended(t, "its client went", first)
	tokens := must(w.app.People.Tokens(t.Context(), w.actor("alpha", "viewer-alpha")))(t)
	if err := w.app.People.RevokeToken(t.Context(), w.actor("alpha", "viewer-alpha"), tokens[0].ID); err != nil {
		t.Fatal(err)
	}
	ended(t, "its token was revoked", second)
	other := w.tokenOf(t, "member-alpha", apitoken.Read)
	third, _ := w.reading(t, other)
	w.app.Kernel.Hub.Close()
	ended(t, "the server stops", third)
}
