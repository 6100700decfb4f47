package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

const maxEntries = 2_000_000

// nested finds repositories inside the working tree and refuses trees with special files that would block or mislead git. It follows
// no links.
func nested(ctx context.Context, root *os.Root) ([]string, error) {
	var found []string
	entries := 0
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name == "." || ctx.Err() != nil {
				return err
			}
			return nil // deleted or not readable, so git does not see it either
		}
		if entries++; entries > maxEntries {
			return fault.New(fault.Exhausted, "The working tree has more than %d files, so its changes cannot be shown.", maxEntries)
		}
		return visit(name, d, &found, ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("read the working tree: %w", err)
	}
	return found, nil
}

func visit(name string, d fs.DirEntry, found *[]string, ctx context.Context) error {
	switch path.Base(name) {
	case ".git":
		if dir := path.Dir(name); dir != "." {
			*found = append(*found, dir)
		}
		if d.IsDir() {
			return fs.SkipDir
		}
	case ".gitignore", ".gitattributes", ".gitmodules":
		if t := d.Type(); !t.IsRegular() && t != fs.ModeSymlink && !t.IsDir() {
			return fault.New(fault.Conflict, "%s is not a regular file. Remove it to see the changes.", name)
		}
	}
	return ctx.Err()
}

// outsideIndex returns the directories in which the index has no files, where git would not look for any. Those of submodules are not
// among them, because they belong to another repository.
func outsideIndex(dirs []string, index map[string]entry) []string {
	holds := map[string]bool{}
	for name, e := range index {
		if e.mode == gitlink {
			continue
		}
		for dir := path.Dir(name); dir != "." && !holds[dir]; dir = path.Dir(dir) {
			holds[dir] = true
		}
	}
	return slices.DeleteFunc(dirs, func(d string) bool { return holds[d] || inSubmodule(d, index) })
}

func inSubmodule(dir string, index map[string]entry) bool {
	for ; dir != "."; dir = path.Dir(dir) {
		if index[dir].mode == gitlink {
			return true
		}
	}
	return false
}

// kind is the current type of a path in the working tree.
type kind int

const (
	nothing kind = iota
	storable
	tooLarge
	special
	unreadable
)

func (g *Git) kindOf(root *os.Root, name string) (kind, fs.FileInfo) {
	info, err := root.Lstat(name)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist) && strings.Contains(name, "/"):
		return nothing, nil // a parent directory is now a link or a file
	case err != nil || info.IsDir():
		return nothing, nil
	case info.Mode().Type() == fs.ModeSymlink:
		return storable, info
	case !info.Mode().IsRegular():
		return special, info
	case info.Size() > g.opt.LargeFile:
		return tooLarge, info
	case info.Mode().Perm()&0o400 == 0 && os.Geteuid() != 0:
		return unreadable, info
	}
	return storable, info
}
