package git

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// The author of what an agent did not commit itself, as its own git is configured.
const (
	agentName = "Orchestrator agent"
	agentMail = "agent@orchestrator.invalid"
)

// agentHead copies the agent's commits into the server's directory of the tree and returns the newest one. It returns base if there are
// none, if they do not follow base, or if git refuses them: the agent can write anything to its git directory, so no program runs on it
// but one that reads objects with the server's own settings.
func (g *Git) agentHead(ctx context.Context, t Tree, base string) (string, error) {
	head := readHead(t.Git)
	if head == "" || head == base || !objectsAreOwn(t) {
		return base, nil
	}
	from := call{args: []string{"--git-dir=" + t.Own}, borrows: t.borrowed(), reads: []string{filepath.Join(t.Git, "objects")}, readAll: true,
		env: []string{"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + filepath.Join(t.Git, "objects")}}
	to := call{args: []string{"--git-dir=" + t.Own}, borrows: t.borrowed(), writes: []string{t.Own}}
	err := g.copyObjects(ctx, from, to, head, base)
	if failed := (*Error)(nil); errors.As(err, &failed) && !fault.Is(err, fault.Exhausted) {
		return base, nil
	}
	if err != nil {
		return "", err
	}
	follows, err := g.isAncestor(ctx, t, base, head)
	if failed := (*Error)(nil); errors.As(err, &failed) || err == nil && !follows {
		return base, nil
	}
	return head, err
}

// objectsAreOwn reports whether the agent's git directory still borrows objects only from the bare clone: it could name objects of
// somebody else, which would become part of its commits.
func objectsAreOwn(t Tree) bool {
	root, err := os.OpenRoot(t.Git)
	if err != nil {
		return false
	}
	defer root.Close()
	return holds(root, "objects/info/alternates", filepath.Join(t.Bare, "objects")+"\n") && noLinks(root, "objects") == nil
}

var idPattern = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// readHead returns the commit of HEAD in an agent's git directory, or "" if there is none. It follows no links out of the directory.
func readHead(dir string) string {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return ""
	}
	defer root.Close()
	head := readSmall(root, "HEAD")
	name, isRef := strings.CutPrefix(head, "ref: ")
	if !isRef {
		return commitOrNone(head)
	}
	if repository.CheckRef("head", name) != nil || !strings.HasPrefix(name, "refs/heads/") {
		return ""
	}
	if commit := commitOrNone(readSmall(root, name)); commit != "" {
		return commit
	}
	return readPacked(root, name)
}

func commitOrNone(s string) string {
	if idPattern.MatchString(s) {
		return s
	}
	return ""
}

// readSmall returns the start of a regular file, without white space around it.
func readSmall(root *os.Root, name string) string {
	f, err := openRegular(root, name)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, 1<<10))
	return strings.TrimSpace(string(text))
}

// maxPackedRefs is how much of an agent's packed refs is read.
const maxPackedRefs = 64 << 20

// readPacked finds a ref among the packed ones.
func readPacked(root *os.Root, name string) string {
	f, err := openRegular(root, "packed-refs")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(io.LimitReader(f, maxPackedRefs)); lines.Scan(); {
		if commit, ref, ok := strings.Cut(lines.Text(), " "); ok && ref == name {
			return commitOrNone(commit)
		}
	}
	return ""
}
