package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove deletes a working tree, the server's directory for it and its refs in the bare clone. None of them needs to exist.
func (g *Git) Remove(ctx context.Context, t Tree) error {
	defer g.lock(t.Own)()
	if t.Bare != "" && exists(t.Bare) {
		args := []string{"--git-dir=" + t.Bare, "update-ref", "-d", t.keptRef()}
		if _, err := g.run(ctx, call{args: args, writes: []string{t.Bare}}); err != nil {
			return err
		}
	}
	for _, dir := range []string{t.Dir, t.Dir + begun, t.Git, t.Git + begun, t.Own, t.Own + begun} {
		if err := RemoveAll(dir); err != nil {
			return fmt.Errorf("remove the working tree: %w", err)
		}
	}
	g.locks.Delete(filepath.Clean(t.Own))
	return nil
}

// RemoveAll deletes a directory recursively. It makes directories accessible to their owner and retries if necessary.
func RemoveAll(dir string) error {
	err := os.RemoveAll(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	_ = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && err == nil {
			return root.Chmod(name, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
