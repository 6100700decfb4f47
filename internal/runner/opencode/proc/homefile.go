package proc

import (
	"io"
	"os"
	"path/filepath"
)

// open opens a file of the home, following no link that leads out of it.
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
	return root.OpenFile(name, flag, 0o600)
}

// read reads a file of the home, following no link that leads out of it.
func (h home) read(path string) ([]byte, error) {
	f, err := h.open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
