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
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/walk"
)

// The limits of a scan of a working tree.
const (
	maxEntries = 2_000_000
	scanWithin = time.Minute
)

// nested finds repositories inside the working tree and refuses trees with special files that would block or mislead git, and trees that
// are too deep or too large to be read in time. It follows no links. What is not readable is left out, because git does not see it either.
func nested(ctx context.Context, dir string) ([]string, error) {
	limited, cancel := context.WithTimeout(ctx, scanWithin)
	defer cancel()
	var found []string
	entries := 0
	err := walk.Tree(limited, dir, walk.Options{}, func(e *walk.Entry) error {
		if entries++; entries > maxEntries {
			return fault.New(fault.Exhausted, "The working tree has more than %d files, so its changes cannot be shown.", maxEntries)
		}
		return visit(e, &found)
	})
	switch {
	case err != nil && ctx.Err() == nil && limited.Err() != nil:
		return nil, fault.New(fault.Exhausted, "The working tree has more files than can be read in %s, so its changes cannot be shown.", text.Duration(scanWithin))
	case err != nil:
		return nil, fmt.Errorf("read the working tree: %w", err)
	}
	return found, nil
}

func visit(e *walk.Entry, found *[]string) error {
	switch e.Name() {
	case ".git":
		if dir := path.Dir(e.Path()); dir != "." {
			*found = append(*found, dir)
		}
		if e.Type() == fs.ModeDir {
			return fs.SkipDir
		}
	case ".gitignore", ".gitattributes", ".gitmodules":
		if t := e.Type(); t != 0 && t != fs.ModeSymlink && t != fs.ModeDir {
			return fault.New(fault.Conflict, "%s is not a regular file. Remove it to see the changes.", e.Path())
		}
	}
	return nil
}

// outsideIndex returns the directories in which the index has no files, where git would not look for any. Those of submodules are not
// among them, because they belong to another repository.
func outsideIndex(dirs []string, index map[string]entry) []string {
	holds := map[string]bool{}
	for name, e := range index {
		if e.Mode == gitlink {
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
		if index[dir].Mode == gitlink {
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

// kindOf returns the type of a path. Files above largest bytes are too large.
func kindOf(root *os.Root, name string, largest int64) (kind, fs.FileInfo) {
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
	case info.Size() > largest:
		return tooLarge, info
	case info.Mode().Perm()&0o400 == 0 && os.Geteuid() != 0:
		return unreadable, info
	}
	return storable, info
}
