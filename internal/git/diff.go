package git

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
type entry struct{ Mode, Hash string }

const gitlink = "160000"

// Diff compares the working tree with the commit base. It includes untracked files but no ignored ones. It executes nothing that the
// agent wrote, and follows no links.
func (g *Git) Diff(ctx context.Context, t Tree, base string) (Diff, error) {
	defer g.lock(t.Own)()
	tree, unseen, err := g.snapshot(ctx, t, base, g.opt.LargeFile)
	if err != nil {
		return Diff{}, err
	}
	d, err := g.compare(ctx, t, base, tree)
	if err != nil {
		return Diff{}, err
	}
	return d.withOmitted(unseen), nil
}

// snapshot stores the working tree as a tree object of the server's directory, beginning with the files of a commit, and returns the
// changes that it cannot contain. Files above largest bytes stay as they are in the commit. Files that did not change since they were read
// last are not read again; if one of their objects is gone, all files are.
func (g *Git) snapshot(ctx context.Context, t Tree, from string, largest int64) (tree string, unseen []session.FileChange, err error) {
	if known := t.readKnown(); len(known.Files) > 0 {
		tree, unseen, err = g.snapshotWith(ctx, t, from, largest, known)
		if failed := (*Error)(nil); !errors.As(err, &failed) {
			return tree, unseen, err
		}
	}
	return g.snapshotWith(ctx, t, from, largest, knownFiles{})
}

func (g *Git) snapshotWith(ctx context.Context, t Tree, from string, largest int64, known knownFiles) (tree string, unseen []session.FileChange, err error) {
	if err := ctx.Err(); err != nil {
		return "", nil, err
	}
	index, err := g.startIndex(ctx, t, from)
	if err != nil {
		return "", nil, err
	}
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return "", nil, fmt.Errorf("open the working tree: %w", err)
	}
	defer root.Close()
	f := filling{g: g, t: t, root: root, index: index, largest: largest}
	f.remember(known)
	if unseen, err = f.fill(ctx); err != nil {
		return "", nil, err
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "write-tree"}, borrows: t.borrowed(), writes: []string{t.Own}})
	if err != nil {
		return "", nil, err
	}
	return strings.TrimSpace(string(out)), unseen, f.keepKnown(ctx)
}

// startIndex loads the base into the server's index, and lists it.
func (g *Git) startIndex(ctx context.Context, t Tree, base string) (map[string]entry, error) {
	_ = os.Remove(filepath.Join(t.Own, "index.lock")) // the server is the only writer, so an existing lock is from a process that was killed
	if _, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "read-tree", base}, borrows: t.borrowed(), writes: []string{t.Own}}); err != nil {
		return nil, err
	}
	return g.listIndex(ctx, t)
}

func (g *Git) listIndex(ctx context.Context, t Tree) (map[string]entry, error) {
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "ls-files", "-z", "--stage"}, borrows: t.borrowed()})
	if err != nil {
		return nil, err
	}
	index := map[string]entry{}
	for _, line := range split0(out) {
		about, name, _ := strings.Cut(line, "\t")
		if fields := strings.Fields(about); len(fields) == 3 {
			index[name] = entry{Mode: fields[0], Hash: fields[1]}
		}
	}
	return index, nil
}

// filling updates the server's index from the working tree.
type filling struct {
	g       *Git
	t       Tree
	root    *os.Root
	index   map[string]entry // as it was before
	largest int64
	hashing
}

// fill updates the index and returns the changes that an index cannot represent.
func (f *filling) fill(ctx context.Context) ([]session.FileChange, error) {
	repos, err := nested(ctx, f.t.Dir)
	if err != nil {
		return nil, err
	}
	gone, err := f.g.openNested(ctx, f.t, outsideIndex(repos, f.index))
	if err != nil {
		return nil, err
	}
	names, err := f.g.untracked(ctx, f.t)
	if err != nil {
		return nil, err
	}
	var unseen []session.FileChange
	for name, e := range f.index {
		if e.Mode != gitlink {
			names = append(names, name)
		} else if hasFiles(f.root, name) {
			unseen = append(unseen, session.FileChange{Path: name, Status: "modified", Omitted: session.InSubmodule})
		}
	}
	f.compareAttributes(names)
	var here, kept bytes.Buffer
	for _, name := range names {
		was, inBase := f.index[name]
		switch what, info := kindOf(f.root, name, f.largest); {
		case what == tooLarge:
			f.skips(name, info)
			if change, ok := largeChange(f.root, name, was, inBase, info); ok {
				unseen = append(unseen, change)
			}
		case what == unreadable:
			unseen = append(unseen, session.FileChange{Path: name, Status: addedOr(inBase), Omitted: session.Unreadable})
		case what == storable:
			if now, ok := f.isKnown(name, was, info); !ok {
				here.WriteString(name + "\x00")
			} else if now != was {
				kept.WriteString(now.Mode + " " + now.Hash + " 0\t" + name + "\x00")
			}
		case inBase:
			gone.WriteString(name + "\x00")
		}
	}
	if _, err := f.g.update(ctx, f.t, gone, "--force-remove"); err != nil {
		return nil, err
	}
	if err := f.g.putEntries(ctx, f.t, &kept); err != nil {
		return nil, err
	}
	refused, err := f.g.update(ctx, f.t, &here, "--add", "--remove", "--replace")
	for _, name := range refused {
		unseen = append(unseen, session.FileChange{Path: name, Status: "added", Omitted: session.InvalidName})
	}
	return unseen, err
}

// emptyBlob is the hash of a file without content. The object does not have to exist in an index that is never written as a tree.
const emptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

// openNested puts a mark into the index for each repository inside the tree, because git lists the files of such a directory only if
// the index has one of them. It returns the marks, which must be removed again.
func (g *Git) openNested(ctx context.Context, t Tree, repos []string) (*bytes.Buffer, error) {
	var marks, entries bytes.Buffer
	name := "/.orchestrator-" + rand.Text()
	for _, r := range repos {
		marks.WriteString(r + name + "\x00")
		entries.WriteString("100644 " + emptyBlob + " 0\t" + r + name + "\x00")
	}
	return &marks, g.putEntries(ctx, t, &entries)
}

// putEntries puts entries into the index, which are lines of update-index --index-info.
func (g *Git) putEntries(ctx context.Context, t Tree, entries *bytes.Buffer) error {
	if entries.Len() == 0 {
		return nil
	}
	args := []string{"--git-dir=" + t.Own, "--work-tree=" + t.Dir, "update-index", "--add", "--replace", "-z", "--index-info"}
	_, err := g.run(ctx, g.inTree(t, call{args: args, stdin: entries}))
	return err
}

// update removes the named files from the index or reads them into it. It returns the files whose names git refuses.
func (g *Git) update(ctx context.Context, t Tree, names *bytes.Buffer, how ...string) (refused []string, err error) {
	if names.Len() == 0 {
		return nil, nil
	}
	wanted := split0(names.Bytes())
	args := append([]string{"--git-dir=" + t.Own, "--work-tree=" + t.Dir, "update-index"}, how...)
	var ignored search
	c := g.inTree(t, call{args: append(args, "-z", "--stdin"), stdin: names, stderr: &ignored})
	if _, err := g.run(ctx, c); err != nil || !ignored.found {
		return nil, err
	}
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + t.Own, "ls-files", "-z", "--cached"}, borrows: t.borrowed()})
	stored := map[string]bool{}
	for _, name := range split0(out) {
		stored[name] = true
	}
	return slices.DeleteFunc(wanted, func(name string) bool { return stored[name] }), err
}

// search looks for names that update-index has refused.
type search struct {
	found bool
	rest  []byte // the end of the output so far, because a message can be split
}

// Write accepts all output.
func (s *search) Write(p []byte) (int, error) {
	const sign = "Ignoring path "
	all := append(s.rest, p...)
	s.found = s.found || bytes.Contains(all, []byte(sign))
	s.rest = bytes.Clone(all[max(0, len(all)-len(sign)):])
	return len(p), nil
}

// inTree prepares a command that reads an agent's tree: it can read that tree and the objects and write to the server's directory.
func (g *Git) inTree(t Tree, c call) call {
	c.dir, c.reads, c.borrows, c.writes, c.readAll = t.Dir, []string{t.Dir}, t.borrowed(), []string{t.Own}, true
	return c
}

// untracked lists files that are neither in the index nor ignored.
func (g *Git) untracked(ctx context.Context, t Tree) ([]string, error) {
	args := []string{"--git-dir=" + t.Own, "--work-tree=" + t.Dir, "ls-files", "-z", "--others", "--exclude-standard"}
	out, err := g.run(ctx, g.inTree(t, call{args: args}))
	if err != nil {
		return nil, err
	}
	return split0(out), nil
}

func split0(out []byte) []string {
	text := strings.TrimSuffix(string(out), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}
