package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// put writes a file whole or not at all. OpenCode may write everything in its home: what it left at a name is replaced,
// never followed. The home is closed to others; in it, the file can be read by OpenCode's user, who may not be ours.
func (h home) put(path string, text []byte) error {
	root, err := os.OpenRoot(h.dir)
	if err != nil {
		return fmt.Errorf("open OpenCode's home: %w", err)
	}
	defer root.Close()
	name, err := filepath.Rel(h.dir, path)
	if err != nil {
		return err
	}
	fresh := name + ".new"
	err = root.RemoveAll(fresh)
	if err == nil {
		err = root.WriteFile(fresh, text, 0o600)
	}
	if err == nil {
		err = root.Chmod(fresh, 0o644)
	}
	if err == nil {
		err = root.Rename(fresh, name)
	}
	if err != nil {
		return fmt.Errorf("write %s in OpenCode's home: %w", name, err)
	}
	return nil
}

// maxRead is how much of a file in the home is read. OpenCode can make it as long as it likes.
const maxRead = 1 << 20

// open opens a file of the home, following no link that leads out of it. What OpenCode left at the name that is no file is removed if
// the file is to be made, and is an error otherwise: the server would wait for ever for the other side of a pipe.
func (h home) open(path string, flag int) (*os.File, error) {
	root, err := os.OpenRoot(h.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name, err := filepath.Rel(h.dir, path)
	if err != nil {
		return nil, err
	}
	if info, err := root.Lstat(name); err == nil && !info.Mode().IsRegular() && flag&os.O_CREATE != 0 {
		if err := root.RemoveAll(name); err != nil {
			return nil, err
		}
	}
	f, err := root.OpenFile(name, flag|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s in OpenCode's home is not a file", name), err, f.Close())
	}
	return f, nil
}

// read reads the beginning of a file of the home, following no link that leads out of it.
func (h home) read(path string) ([]byte, error) {
	f, err := h.open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxRead))
}

// writeConfig replaces the config at once, so that OpenCode never reads half of it; changed reports whether it is another.
func (h home) writeConfig(c TeamConfig) (changed bool, err error) {
	text, err := c.encode()
	if err != nil {
		return false, err
	}
	if old, err := h.read(h.config()); err == nil && string(old) == string(text) {
		return false, nil
	}
	return true, h.put(h.config(), text)
}
