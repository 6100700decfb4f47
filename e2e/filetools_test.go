package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFileToolsStayInTheirSession attacks through every tool of OpenCode that takes a path. The repository brings a link that leads to the
// directory of all sessions, and nobody answers an approval with anything but yes.
func TestFileToolsStayInTheirSession(t *testing.T) {
	t.Parallel()
	p := newPrison(t)
	repo := filepath.Join(p.dir, "git", "main")
	if err := os.Symlink("../..", filepath.Join(repo, "up")); err != nil {
		t.Fatal(err)
	}
	p.git(repo, "add", ".")
	p.git(repo, "commit", "-q", "-m", "a link")
	sibling := filepath.Base(filepath.Dir(p.sibling))
	there := "up/" + sibling + "/tree"
	steps := []map[string]any{}
	for _, step := range []struct {
		tool string
		args map[string]any
	}{
		{"read", map[string]any{"filePath": there + "/secret.txt"}},
		{"read", map[string]any{"filePath": p.sibling + "/secret.txt"}},
		{"read", map[string]any{"filePath": p.theirs + "/secret.txt"}},
		{"glob", map[string]any{"pattern": "**/secret.txt", "path": "up"}},
		{"grep", map[string]any{"pattern": "canary", "path": "up"}},
		{"list", map[string]any{"path": "up"}},
		{"write", map[string]any{"filePath": there + "/planted.txt", "content": "planted"}},
		{"write", map[string]any{"filePath": "up/evil/tree/planted.txt", "content": "planted"}},
		{"write", map[string]any{"filePath": "up/planted.txt", "content": "planted"}},
		{"write", map[string]any{"filePath": "up/" + sibling + "/home/config/opencode/AGENTS.md", "content": "planted"}},
		{"edit", map[string]any{"filePath": there + "/secret.txt", "oldString": "canary", "newString": "planted"}},
		{"bash", map[string]any{"command": "cat secret.txt; touch planted.txt", "workdir": there, "description": "another tree"}},
		{"bash", map[string]any{"command": "cat up/" + sibling + "/tree/secret.txt", "description": "through the link"}},
	} {
		steps = append(steps, map[string]any{"tools": tool(step.tool, step.args)})
	}
	id := p.acme.run("Reach for the others", turns("Reach.", append(steps, map[string]any{"text": "done"})...), nil)
	p.until("every attempt was made", 5*time.Minute, func() bool {
		p.acme.replyAll(id)
		s := p.acme.session(id)
		return s.Status != "running" && s.Status != "queued"
	})
	if s := p.acme.session(id); s.Status != "completed" {
		t.Errorf("the session is %s: %s", s.Status, s.reason())
	}
	tried := 0
	for _, e := range p.acme.events(id) {
		var call struct{ Tool, Status, Output, Error string }
		if e.Type != "agent.tool" || json.Unmarshal(e.Data, &call) != nil || call.Status != "completed" && call.Status != "error" {
			continue
		}
		tried++
		if strings.Contains(call.Output, canary) {
			t.Errorf("%s read another session: %s", call.Tool, e.Data)
		}
	}
	if tried != len(steps) {
		t.Errorf("%d attempts show in the session, want %d", tried, len(steps))
	}
	for _, tree := range []string{p.sibling, p.theirs} {
		if text, err := os.ReadFile(filepath.Join(tree, "secret.txt")); err != nil || string(text) != canary {
			t.Errorf("the secret of another session is now %q, %v", text, err)
		}
	}
	planted := []string{}
	_ = filepath.WalkDir(filepath.Join(p.dir, "data", "teams"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.Contains(path, id) {
			if text, _ := os.ReadFile(path); string(text) == "planted" || strings.HasSuffix(path, "planted.txt") {
				planted = append(planted, path)
			}
		}
		return nil
	})
	if len(planted) > 0 {
		t.Errorf("it planted %q", planted)
	}
}

// TestFileToolsCannotMoveTheGitDirectory rewrites .git with OpenCode's own tools: git would then obey the configuration of a directory that
// the repository brought.
func TestFileToolsCannotMoveTheGitDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Move the git directory", turns("Move it.",
		map[string]any{"tools": tool("write", map[string]any{"filePath": ".git", "content": "gitdir: elsewhere\n"})},
		map[string]any{"tools": tool("write", map[string]any{"filePath": ".git/config", "content": "[core]\n\tfsmonitor = ./evil\n"})},
		map[string]any{"tools": tool("bash", map[string]any{"command": "cat .git; echo x > new && git add new && git commit -qm made && git log --format=%s -1 && git status --short", "description": "look"})},
		map[string]any{"text": "done"}), nil)
	m.endsWell(id)
	if said := m.outputs(id)["look"]; !strings.HasPrefix(said, "gitdir: ../git\nmade\n") || strings.Contains(said, "??") {
		t.Errorf("the shell says %q", said)
	}
	var patch string
	m.get("/sessions/"+id+"/patch", &patch)
	if !strings.Contains(patch, "b/new") || strings.Contains(patch, "elsewhere") {
		t.Errorf("the patch is %s", patch)
	}
}

// TestFileToolsCannotWriteTheGitDirectory goes to the git directory with OpenCode's own tools, through a link that the repository brings:
// git would run the hook, and what its configuration names.
func TestFileToolsCannotWriteTheGitDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	repo := filepath.Join(w.dir, "git", "main")
	if err := os.Symlink("../git", filepath.Join(repo, "beside")); err != nil {
		t.Fatal(err)
	}
	w.git(repo, "add", ".")
	w.git(repo, "commit", "-q", "-m", "a link")
	id := m.run("Write the git directory", turns("Write it.",
		map[string]any{"tools": tool("read", map[string]any{"filePath": "beside/config"})},
		map[string]any{"tools": tool("write", map[string]any{"filePath": "beside/hooks/post-commit", "content": "planted"})},
		map[string]any{"tools": tool("write", map[string]any{"filePath": "beside/info/attributes", "content": "planted"})},
		map[string]any{"tools": tool("edit", map[string]any{"filePath": "beside/config", "oldString": "[core]", "newString": "[planted]\n[core]"})},
		map[string]any{"tools": tool("bash", map[string]any{"command": "git config user.name shell && echo x > new && git add new && git commit -qm made && git log --format=%s -1", "description": "look"})},
		map[string]any{"text": "done"}), nil)
	m.endsWell(id)
	if said := m.outputs(id)["look"]; !strings.HasPrefix(said, "made\n") {
		t.Errorf("the shell says %q", said)
	}
	found, _ := filepath.Glob(filepath.Join(w.dir, "data", "teams", "*", "sessions", id, "git"))
	if len(found) != 1 {
		t.Fatalf("the git directory is at %q", found)
	}
	for _, name := range []string{"hooks/post-commit", "info/attributes", "config"} {
		if text, err := os.ReadFile(filepath.Join(found[0], name)); strings.Contains(string(text), "planted") {
			t.Errorf("OpenCode wrote %s: %s, %v", name, text, err)
		}
	}
}
