package git_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

// A host with a certificate of its own: without the authority git refuses it, with the authority it gets as far as the answer.
func TestAnAddedAuthorityIsTrustedByGit(t *testing.T) {
	t.Parallel()
	private := httptest.NewTLSServer(http.NotFoundHandler())
	defer private.Close()
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: private.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	clone := func(file string) string {
		t.Helper()
		home := filepath.Join(dir, "home"+filepath.Base(file))
		g, err := git.New(git.Options{Home: home, CAFile: file})
		if err != nil {
			t.Fatal(err)
		}
		err = g.Clone(t.Context(), git.Source{URL: private.URL + "/x.git"}, filepath.Join(dir, "bare"+filepath.Base(file)), nil)
		if err == nil {
			t.Fatal("a server without repositories was cloned")
		}
		return err.Error()
	}
	if said := clone(""); !strings.Contains(said, "certificate") {
		t.Errorf("without the authority: %s", said)
	}
	if said := clone(ca); strings.Contains(said, "certificate") {
		t.Errorf("with the authority: %s", said)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "homeca.pem", "authorities.pem")); err != nil || strings.Count(string(text), "BEGIN CERTIFICATE") < 2 {
		t.Errorf("the host's authorities are missing: %d bytes, %v", len(text), err)
	}
	if _, err := git.New(git.Options{Home: filepath.Join(dir, "other"), CAFile: filepath.Join(dir, "nope")}); err == nil {
		t.Error("a missing file is no error")
	}
}
