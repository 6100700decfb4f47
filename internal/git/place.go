package git

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// placement puts files of the server into an agent's tree, without following a link out of it.
type placement struct {
	into, from *os.Root
	owner      int
}

// place applies alterations to a tree; dir/files has the new files.
func place(t Tree, dir string, list []alteration) error {
	into, err := os.OpenRoot(t.Dir)
	if err != nil {
		return fmt.Errorf("open the working tree: %w", err)
	}
	defer into.Close()
	from, err := os.OpenRoot(filepath.Join(dir, "files"))
	if err != nil {
		return fmt.Errorf("open the restored files: %w", err)
	}
	defer from.Close()
	p := placement{into, from, t.Owner}
	for _, a := range list {
		if a.mode == "" {
			err = p.remove(a.path)
		} else {
			err = p.put(a)
		}
		if err != nil {
			return fmt.Errorf("restore a file: %w", err)
		}
	}
	return nil
}

// remove deletes a file and the directories that become empty.
func (p placement) remove(name string) error {
	if err := p.unlock(name); err != nil {
		return err
	}
	info, err := p.into.Lstat(name)
	if err == nil && !info.IsDir() {
		err = p.into.Remove(name)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if p.into.Remove(dir) != nil {
			return nil // it has other files
		}
	}
	return nil
}

// unlock lets the server write to the directories above a file, which the agent may have closed.
func (p placement) unlock(name string) error {
	parts := strings.Split(name, "/")
	for i := range parts[:len(parts)-1] {
		dir := strings.Join(parts[:i+1], "/")
		info, err := p.into.Lstat(dir)
		if err != nil || !info.IsDir() {
			return nil // there is nothing below it
		}
		if info.Mode().Perm()&0o700 != 0o700 {
			if err := p.into.Chmod(dir, info.Mode().Perm()|0o700); err != nil {
				return err
			}
		}
	}
	return nil
}

// put creates a file or a link in place of whatever has its name.
func (p placement) put(a alteration) error {
	if err := p.makeParents(a.path); err != nil {
		return err
	}
	if err := p.into.RemoveAll(a.path); err != nil {
		return err
	}
	if a.mode == "120000" {
		target, err := p.from.Readlink(a.path)
		if err != nil {
			return err
		}
		return errors.Join(p.into.Symlink(target, a.path), p.own(a.path))
	}
	perm := fs.FileMode(0o644)
	if a.mode == "100755" {
		perm = 0o755
	}
	return p.copy(a.path, perm)
}

// makeParents creates the directories above a file. A file or a link in their place goes.
func (p placement) makeParents(name string) error {
	if err := p.unlock(name); err != nil {
		return err
	}
	parts := strings.Split(name, "/")
	for i := range parts[:len(parts)-1] {
		dir := strings.Join(parts[:i+1], "/")
		info, err := p.into.Lstat(dir)
		if err == nil && info.IsDir() {
			continue
		}
		if err == nil {
			err = p.into.Remove(dir)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := errors.Join(p.into.Mkdir(dir, 0o755), p.own(dir)); err != nil {
			return err
		}
	}
	return nil
}

func (p placement) copy(name string, perm fs.FileMode) error {
	src, err := openRegular(p.from, name)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := p.into.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Chmod(perm), dst.Close(), p.own(name))
}

// own gives a new name to the agent's user.
func (p placement) own(name string) error {
	if p.owner == 0 {
		return nil
	}
	return p.into.Lchown(name, p.owner, p.owner)
}
