package git

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// Diff is the changes in a working tree since its base commit.
type Diff struct {
	Files []session.FileChange
	// Patch turns the base into the working tree with `git apply`. It starts with a line for everything that it omits.
	Patch []byte
	// Truncated is true if the patch omits something.
	Truncated bool
}

// entry is one path of the index.
type entry struct{ mode, hash string }

const gitlink = "160000"

// Diff compares the working tree with the commit base. It includes untracked files but no ignored ones. It executes nothing that the
// agent wrote, and follows no links.
func (g *Git) Diff(ctx context.Context, t Tree, base string) (Diff, error) {
	defer g.lock(t.Own)()
	if err := ctx.Err(); err != nil {
		return Diff{}, err
	}
	index, err := g.startIndex(ctx, t, base)
	if err != nil {
		return Diff{}, err
	}
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return Diff{}, fmt.Errorf("open the working tree: %w", err)
	}
	defer root.Close()
	unseen, err := g.fillIndex(ctx, t, root, index)
	if err != nil {
		return Diff{}, err
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "write-tree"}})
	if err != nil {
		return Diff{}, err
	}
	d, err := g.compare(ctx, t, base, strings.TrimSpace(string(out)))
	if err != nil {
		return Diff{}, err
	}
	return d.withOmitted(unseen), nil
}

// startIndex loads the base into the server's index, keeps its cached data about unchanged files, and lists it.
func (g *Git) startIndex(ctx context.Context, t Tree, base string) (map[string]entry, error) {
	_ = os.Remove(filepath.Join(t.Own, "index.lock")) // the server is the only writer, so an existing lock is from a process that was killed
	if _, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "read-tree", base}}); err != nil {
		return nil, err
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "ls-files", "-z", "--stage"}})
	if err != nil {
		return nil, err
	}
	index := map[string]entry{}
	for _, line := range split0(out) {
		about, name, _ := strings.Cut(line, "\t")
		if fields := strings.Fields(about); len(fields) == 3 {
			index[name] = entry{mode: fields[0], hash: fields[1]}
		}
	}
	return index, nil
}

// fillIndex updates the index from the working tree and returns the changes that an index cannot represent.
func (g *Git) fillIndex(ctx context.Context, t Tree, root *os.Root, index map[string]entry) ([]session.FileChange, error) {
	repos, err := nested(ctx, root)
	if err != nil {
		return nil, err
	}
	repos = outsideIndex(repos, index)
	names, err := g.untracked(ctx, t, repos)
	if err != nil {
		return nil, err
	}
	if repos, err = g.notIgnored(ctx, t, repos); err != nil {
		return nil, err
	}
	unseen := nestedChanges(repos)
	for name, e := range index {
		if e.mode != gitlink {
			names = append(names, name)
		} else if hasFiles(root, name) {
			unseen = append(unseen, session.FileChange{Path: name, Status: "modified", Binary: true})
		}
	}
	var gone, here bytes.Buffer
	for _, name := range names {
		was, inBase := index[name]
		switch what, info := g.kindOf(root, name); {
		case what == tooLarge:
			if change, ok := largeChange(root, name, was, inBase, info); ok {
				unseen = append(unseen, change)
			}
		case what == storable:
			here.WriteString(name + "\x00")
		case inBase:
			gone.WriteString(name + "\x00")
		}
	}
	if err := g.update(ctx, t, &gone, "--force-remove"); err != nil {
		return nil, err
	}
	return unseen, g.update(ctx, t, &here, "--add", "--remove", "--replace")
}

// update removes the named files from the index or reads them into it.
func (g *Git) update(ctx context.Context, t Tree, names *bytes.Buffer, how ...string) error {
	if names.Len() == 0 {
		return nil
	}
	args := append([]string{"--git-dir=" + t.Own, "--work-tree=" + t.Dir, "update-index"}, how...)
	_, err := g.run(ctx, g.inTree(t, call{args: append(args, "-z", "--stdin"), stdin: names}))
	return err
}

// inTree prepares a command that reads an agent's tree: it can read that tree and the objects and write to the server's directory.
func (g *Git) inTree(t Tree, c call) call {
	c.sandboxed, c.dir, c.reads, c.writes = true, t.Dir, []string{t.Dir}, []string{t.Own}
	if t.Bare != "" {
		c.reads = append(c.reads, t.Bare)
	}
	return c
}

// untracked lists files that are neither in the base nor ignored, except in nested repositories.
func (g *Git) untracked(ctx context.Context, t Tree, repos []string) ([]string, error) {
	var patterns strings.Builder
	for _, r := range repos {
		p, err := exclude(r)
		if err != nil {
			return nil, err
		}
		patterns.WriteString(p)
	}
	file := filepath.Join(t.Own, "foreign")
	if err := os.WriteFile(file, []byte(patterns.String()), 0o600); err != nil {
		return nil, fmt.Errorf("list foreign repositories: %w", err)
	}
	args := []string{"--git-dir=" + t.Own, "--work-tree=" + t.Dir, "ls-files", "-z", "--others", "--exclude-standard", "--exclude-from=" + file}
	out, err := g.run(ctx, g.inTree(t, call{args: args}))
	if err != nil {
		return nil, err
	}
	return split0(out), nil
}

// notIgnored removes the directories that the tree's .gitignore matches.
func (g *Git) notIgnored(ctx context.Context, t Tree, dirs []string) ([]string, error) {
	if len(dirs) == 0 {
		return nil, nil
	}
	args := []string{"--git-dir=" + t.Own, "--work-tree=" + t.Dir, "check-ignore", "-z", "--stdin", "--no-index", "--verbose", "--non-matching"}
	names := "./" + strings.Join(dirs, "\x00./") + "\x00" // so that no name is read as a pattern
	out, err := g.run(ctx, g.inTree(t, call{args: args, env: []string{"GIT_LITERAL_PATHSPECS=0"}, stdin: strings.NewReader(names)}))
	if failed, ok := err.(*Error); err != nil && (!ok || failed.Exit != 1) {
		return nil, err
	}
	var left []string
	for fields := split0(out); len(fields) >= 4; fields = fields[4:] {
		if fields[2] == "" || strings.HasPrefix(fields[2], "!") {
			left = append(left, strings.TrimPrefix(fields[3], "./"))
		}
	}
	return left, nil
}

func split0(out []byte) []string {
	text := strings.TrimSuffix(string(out), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}
