package git

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// noLinks refuses symbolic links at and below name. name need not exist.
func noLinks(root *os.Root, name string) error {
	if info, err := root.Lstat(name); err != nil || info.IsDir() {
		return walkNoLinks(root, name)
	} else if !info.Mode().IsRegular() {
		return linked(name)
	}
	return nil
}

func walkNoLinks(root *os.Root, name string) error {
	return fs.WalkDir(root.FS(), name, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the repository: %w", err)
		}
		if !d.IsDir() && !d.Type().IsRegular() {
			return linked(path)
		}
		return nil
	})
}

func linked(path string) error {
	return fault.Field("path", "This repository contains a symbolic link or a special file (%s), which is not allowed.", path)
}
