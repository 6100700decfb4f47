package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
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

// outsideIndex returns the directories in which the index has no files. Git would read those as submodules.
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
	var left []string
	for _, d := range dirs {
		if !holds[d] {
			left = append(left, d)
		}
	}
	return left
}

// exclude returns a pattern that matches only that directory.
func exclude(dir string) (string, error) {
	if strings.ContainsAny(dir, "\n\r\x00") {
		return "", fault.New(fault.Conflict, "The changes cannot be shown, because a nested repository's name contains a line break: %q.", dir)
	}
	var b strings.Builder
	for _, c := range []byte(dir) {
		if strings.IndexByte(`\*?[]!# `, c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return "/" + b.String() + "/\n", nil
}

// kind is the current type of a path in the working tree.
type kind int

const (
	nothing kind = iota
	storable
	tooLarge
	special
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
	}
	return storable, info
}
