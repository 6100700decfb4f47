package remote

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

const fetchToken = "orc_fetch-secret"

// gitServer is a fake with a repository team/main that has a session's branch, which git fetches with a token. It records the command lines of
// all processes while git talks to it.
func gitServer(t *testing.T) (f *fake, processes func() string) {
	t.Helper()
	f, root := withSession(t, "completed"), t.TempDir()
	sh(t, root, `git init -q --bare team/main && git init -q work && cd work && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m work &&
		git push -q ../team/main HEAD:refs/heads/orchestrator/greet HEAD:refs/heads/main`)
	f.set("GET /me", me)
	f.set("GET /repositories/r-1", client.Repository{ID: "r-1", Name: "team/main"})
	backend := &cgi.Handler{Path: filepath.Join(sh(t, root, "git --exec-path"), "git-http-backend"), Root: "/t/acme/git", Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1"}}
	var seen bytes.Buffer
	f.git = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, ok := r.BasicAuth()
		if !ok || password != fetchToken {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, name := range lines {
			text, _ := os.ReadFile(name) // a process can end at any moment
			seen.Write(append(text, '\n'))
		}
		backend.ServeHTTP(w, r)
	})
	return f, func() string { f.mu.Lock(); defer f.mu.Unlock(); return seen.String() }
}

func sh(t *testing.T, dir, script string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return strings.TrimSpace(string(out))
}

// in runs a command in a directory with a token.
func (f *fake) in(t *testing.T, dir, token string, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	env := map[string]string{"HOME": t.TempDir(), tokenEnv: token}
	code := Run(t.Context(), append(args, "--address", f.URL), Options{Streams: Streams{strings.NewReader(""), &out, &err}, Dir: dir, Getenv: func(n string) string { return env[n] }})
	return result{code, out.String(), err.String()}
}

// The session's branch arrives under its own name. The token is in no command line, and no credential helper of the user stores it.
func TestTakeByFetching(t *testing.T) {
	t.Parallel()
	f, processes := gitServer(t)
	dir, store := t.TempDir(), filepath.Join(t.TempDir(), "credentials")
	sh(t, dir, "git init -q . && git config credential.helper 'store --file="+store+"' && git config credential."+f.URL+".helper 'store --file="+store+"'")
	r := f.in(t, dir, fetchToken, "session", "take", sessionID, "--fetch", "--json")
	var got fetched
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || r.code != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if commit := sh(t, dir, "git rev-parse orchestrator/greet"); got.Commit != commit || got.Remote != f.URL+"/t/acme/git/team%2Fmain" || got.Ref != "refs/remotes/orchestrator/greet" {
		t.Errorf("%+v, but the branch is at %s", got, commit)
	}
	if seen := processes(); strings.Contains(seen, fetchToken) || !strings.Contains(seen, "fetch\x00--no-tags") {
		t.Errorf("a command line has the token: %v; one is git's: %v", strings.Contains(seen, fetchToken), strings.Contains(seen, "fetch\x00--no-tags"))
	}
	if text, err := os.ReadFile(store); err == nil {
		t.Errorf("the user's credential helper stored %s", text)
	}
	if strings.Contains(r.out+r.err, fetchToken) {
		t.Errorf("the token is printed: %+v", r)
	}
	if r := f.in(t, dir, fetchToken, "session", "take", sessionID, "--fetch"); r.code != 0 || !strings.Contains(r.out, "git switch -c NAME orchestrator/greet") {
		t.Errorf("once more: %+v", r)
	}
	sh(t, dir, "git switch -q -c mine orchestrator/greet")
}

func TestTakeByFetchingFails(t *testing.T) {
	t.Parallel()
	f, _ := gitServer(t)
	repo := t.TempDir()
	sh(t, repo, "git init -q .")
	if r := f.in(t, repo, "orc_wrong", "session", "take", sessionID, "--fetch"); r.code != exitFailed || !strings.Contains(r.err, "git fetch failed") {
		t.Errorf("with another token: %+v", r)
	}
	if r := f.in(t, t.TempDir(), fetchToken, "session", "take", sessionID, "--fetch"); r.code != exitFailed || !strings.Contains(r.err, "not a git repository") {
		t.Errorf("outside of a repository: %+v", r)
	}
	if r := f.in(t, t.TempDir(), fetchToken, "session", "take", sessionID, "--fetch", "--print"); r.code != 0 || r.out != "git fetch "+f.URL+"/t/acme/git/team%2Fmain orchestrator/greet\n" {
		t.Errorf("printed: %+v", r)
	}
	f.set("GET "+sessionPath, aSession("completed", 9))
	if r := f.in(t, repo, fetchToken, "session", "take", sessionID, "--fetch"); r.code != exitFailed || !strings.Contains(r.err, "--patch") {
		t.Errorf("without a repository: %+v", r)
	}
}
