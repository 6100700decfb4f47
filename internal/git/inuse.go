package git

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// branchesInUse lists the branches that a person is working on in a repository or one of its linked working trees: checked out, also
// before their first commit, being rebased, or the start of a bisection. git itself lists only the first kind.
func (t theirs) branchesInUse() (all []string, err error) {
	root, err := os.OpenRoot(t.dir)
	if err != nil {
		return nil, fmt.Errorf("read the local repository: %w", err)
	}
	defer root.Close()
	dirs := []string{""}
	linked, err := fs.ReadDir(root.FS(), "worktrees")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the local repository's working trees: %w", err)
	}
	for _, e := range linked {
		dirs = append(dirs, "worktrees/"+e.Name()+"/")
	}
	for _, dir := range dirs {
		if dir != "" || !t.isBare {
			all = append(all, checkedOut(root, dir)...)
		}
	}
	return all, nil
}

// checkedOut lists the branches in use in one working tree, by the files in its git directory.
func checkedOut(root *os.Root, dir string) (all []string) {
	lines := []string{strings.TrimPrefix(readSmall(root, dir+"HEAD"), "ref: ")}
	for _, name := range []string{"rebase-merge/head-name", "rebase-apply/head-name"} {
		lines = append(lines, readSmall(root, dir+name))
	}
	lines = append(lines, strings.Split(readSmall(root, dir+"rebase-merge/update-refs"), "\n")...)
	for _, line := range lines {
		if branch, ok := strings.CutPrefix(line, "refs/heads/"); ok {
			all = append(all, branch)
		}
	}
	if start := strings.TrimPrefix(readSmall(root, dir+"BISECT_START"), "refs/heads/"); start != "" {
		all = append(all, start)
	}
	return all
}
