package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// repo creates a git repository with a test that fails until greeting.txt contains hello, and returns its path.
func (w *world) repo(name string) string {
	w.t.Helper()
	dir := filepath.Join(w.dir, "git", name)
	files := map[string]string{
		"greeting.txt": "goodbye\n",
		"test.sh":      "grep -q hello greeting.txt && echo ok: it greets\n",
		"README":       "A repository for tests.\n",
	}
	for file, text := range files {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "."}, {"commit", "-q", "-m", "start"}} {
		w.git(dir, args...)
	}
	return dir
}

func (w *world) git(dir string, args ...string) string {
	w.t.Helper()
	c := exec.Command("git", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.org", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.org")
	out, err := c.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // other names are not requested
	return n
}
