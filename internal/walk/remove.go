package walk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// RemoveAll deletes a file, or a directory with everything in it, and makes directories accessible to their owner where that is necessary.
// It need not exist. However deep it is, RemoveAll has only few directories open and takes time for each file only once.
func RemoveAll(dir string) error {
	err := unix.Unlink(dir)
	if err == nil || vanished(err) {
		return nil
	}
	top, err := openDir(unix.AT_FDCWD, dir, true, false)
	if vanished(err) {
		return unlessGone(os.Remove(dir))
	}
	if err != nil {
		return err
	}
	defer top.Close()
	r := removal{top: int(top.Fd())}
	if err := r.empty(top, 0); err != nil {
		return fmt.Errorf("delete %s: %w", dir, err)
	}
	return unlessGone(os.Remove(dir))
}

func unlessGone(err error) error {
	if vanished(err) {
		return nil
	}
	return err
}

// removal is one call of RemoveAll; moved is how many directories were moved into the first one, top.
type removal struct{ top, moved int }

// openAtOnce is how many directories a removal has open.
const openAtOnce = 64

// empty deletes what is in a directory, also what is moved into it meanwhile. It returns the first error, after it has deleted
// everything else.
func (r *removal) empty(dir *os.File, depth int) (first error) {
	for {
		if _, err := dir.Seek(0, io.SeekStart); err != nil {
			return errors.Join(first, err)
		}
		deleted := 0
		for {
			names, err := dir.Readdirnames(batch)
			for _, name := range names {
				switch err := r.remove(dir, name, depth); {
				case err == nil:
					deleted++
				case first == nil:
					first = err
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return errors.Join(first, err)
			}
		}
		if deleted == 0 || first != nil {
			return first
		}
	}
}

// remove deletes an entry of a directory, or moves it to the first directory if it is too deep.
func (r *removal) remove(in *os.File, name string, depth int) error {
	at := int(in.Fd())
	err := unlink(at, name)
	if err == nil || vanished(err) {
		return nil
	}
	dir, opened := openDir(at, name, true, false)
	if errors.Is(opened, fs.ErrNotExist) {
		return nil
	}
	if vanished(opened) { // no directory, so the first error counts
		return &os.PathError{Op: "unlink", Path: name, Err: err}
	}
	if opened != nil {
		return opened
	}
	defer dir.Close()
	if depth >= openAtOnce {
		return r.move(at, name, dir)
	}
	if err := r.empty(dir, depth+1); err != nil {
		return err
	}
	if err := unix.Unlinkat(at, name, unix.AT_REMOVEDIR); err != nil && !vanished(err) {
		return &os.PathError{Op: "rmdir", Path: name, Err: err}
	}
	return nil
}

// unlink deletes a file, and makes the directory that contains it accessible if necessary. A directory is an error.
func unlink(at int, name string) error {
	err := unix.Unlinkat(at, name, 0)
	if errors.Is(err, unix.EACCES) && unix.Fchmod(at, 0o700) == nil {
		err = unix.Unlinkat(at, name, 0)
	}
	return err
}

// move moves a directory into the first one under a new name. Only who may write to a directory may move it.
func (r *removal) move(at int, name string, dir *os.File) error {
	for {
		r.moved++
		to := fmt.Sprintf(".deleted-%d", r.moved)
		err := unix.Renameat(at, name, r.top, to)
		if errors.Is(err, unix.EACCES) {
			if unix.Fchmod(int(dir.Fd()), 0o700) == nil {
				err = unix.Renameat(at, name, r.top, to)
			}
		}
		if !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.ENOTEMPTY) && !errors.Is(err, unix.ENOTDIR) {
			return err
		}
	}
}
