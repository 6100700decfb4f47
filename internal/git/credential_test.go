package git_test

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

const token = "tok-3n-very-secret"

// hosting serves the yard's origin over https to who has the token.
func hosting(t *testing.T, y *yard) string {
	t.Helper()
	bin, err := exec.LookPath("git")
	must(t, err)
	backend := &cgi.Handler{Path: bin, Args: []string{"http-backend"}, Env: []string{"GIT_PROJECT_ROOT=" + y.root, "GIT_HTTP_EXPORT_ALL=1"}}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != token {
			w.Header().Set("WWW-Authenticate", "Basic")
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(y.root, "githome", "ca.pem")
	must(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o644))
	f, err := os.OpenFile(filepath.Join(y.root, "githome", "gitconfig"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteString("[http]\n\tsslCAInfo = " + ca + "\n")
	must(t, errors.Join(err, f.Close()))
	return server.URL + "/origin/.git"
}

func TestCredentialsAreUsedAndNeverShown(t *testing.T) {
	t.Parallel()
	wrapper := filepath.Join(t.TempDir(), "git")
	must(t, os.WriteFile(wrapper, []byte("#!/bin/sh\necho \"$@\" >> args.log\nexec git \"$@\"\n"), 0o700))
	y := newYard(t, git.Options{Bin: wrapper})
	address := hosting(t, y)
	basic := base64.StdEncoding.EncodeToString([]byte("x-access-token:" + token))
	var output strings.Builder
	hear := func(l string) { output.WriteString(l + "\n") }
	must(t, y.Clone(t.Context(), git.Source{URL: address, Credential: token}, y.bare, hear))
	must(t, y.Fetch(t.Context(), git.Source{URL: address, Credential: "user:" + token}, y.bare, hear))
	wrong := y.Fetch(t.Context(), git.Source{URL: address, Credential: "wrong-" + token}, y.bare, hear)
	if wrong == nil {
		t.Fatal("a wrong credential was taken")
	}
	args, err := os.ReadFile(filepath.Join(y.bare, "args.log")) // git can write only there
	must(t, err)
	disk := sh(t, y.root, `cat repos/r.git/config repos/r.git/FETCH_HEAD githome/* 2>/dev/null || true`)
	for place, text := range map[string]string{"progress": output.String(), "error": wrong.Error(), "command line": string(args), "disk": disk} {
		if strings.Contains(text, token) || strings.Contains(text, basic) {
			t.Errorf("the credential is in the %s: %s", place, text)
		}
	}
}
