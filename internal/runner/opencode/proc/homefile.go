package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

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

// write replaces a file of the home.
func (h home) write(path string, content []byte) error {
	f, err := h.open(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
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
