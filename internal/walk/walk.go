// Package walk visits and deletes directories that agents wrote. It goes by open directories, not by paths: no name is looked up twice,
// no link is followed, and no depth makes it slow.
package walk

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// MaxDepth is how many levels of directories Tree visits below the first.
const MaxDepth = 256

// ErrIncomplete is the cause of each error that Tree reports about a part that it did not visit.
var ErrIncomplete = errors.New("a directory was not visited completely")

var (
	errTooDeep = fault.New(fault.Exhausted, "The session's directories are nested more than %d levels deep, so its files cannot be counted.", MaxDepth).Because(ErrIncomplete)
	errClosed  = fault.New(fault.Exhausted, "The session has directories that the server cannot read, so its files cannot be counted.").Because(ErrIncomplete)
)

// Entry is a file or directory that Tree visits.
type Entry struct {
	// Stat describes the file itself, also if it is a link.
	Stat unix.Stat_t
	dirs []*level
	name string
}

// Path is the entry's path below the first directory, "." for that directory.
func (e *Entry) Path() string {
	p := "."
	for _, l := range e.dirs {
		p = path.Join(p, l.name)
	}
	return path.Join(p, e.name)
}

// Name is the last element of Path.
func (e *Entry) Name() string { return e.name }

// Type is the type of the file.
func (e *Entry) Type() fs.FileMode {
	switch e.Stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return fs.ModeDir
	case unix.S_IFLNK:
		return fs.ModeSymlink
	}
	return fs.ModeIrregular
}

// Options change what Tree does with directories that it may not read and with those that are too deep.
type Options struct {
	// Open makes directories readable for their owner.
	Open bool
	// Incomplete is called with the reason for each part that is not visited; an error ends the walk. Without it, directories that may not be
	// read are left out, and one that is too deep ends the walk.
	Incomplete func(error) error
}

// level is a directory whose entries are being visited.
type level struct {
	name  string
	dir   *os.File
	names []string // that were read and not visited yet
}

type walk struct {
	Options
	visit  func(*Entry) error
	levels []*level
}

// Tree calls visit for dir and everything in it, directories before their content and in no other order. If visit returns fs.SkipDir for
// a directory, its content is left out; any other error ends the walk, and so does the end of ctx. What vanishes meanwhile is left out. The
// entry is valid until visit returns. Without dir, Tree visits nothing.
func Tree(ctx context.Context, dir string, o Options, visit func(*Entry) error) error {
	w := walk{Options: o, visit: visit}
	defer w.close()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.enter(unix.AT_FDCWD, dir, "."); err != nil {
		return err
	}
	if len(w.levels) == 0 {
		return nil
	}
	first := Entry{name: "."}
	if err := unix.Fstat(int(w.levels[0].dir.Fd()), &first.Stat); err != nil {
		return &os.PathError{Op: "stat", Path: dir, Err: err}
	}
	if err := visit(&first); err != nil {
		return err
	}
	for len(w.levels) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.next(); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) close() {
	for _, l := range w.levels {
		_ = l.dir.Close()
	}
}

// batch is how many names of a directory are read at once.
const batch = 512

// next visits one more entry of the deepest directory, or leaves that directory if there is none.
func (w *walk) next() error {
	l := w.levels[len(w.levels)-1]
	if len(l.names) == 0 {
		names, err := l.dir.Readdirnames(batch)
		if len(names) == 0 {
			w.levels = w.levels[:len(w.levels)-1]
			_ = l.dir.Close()
			if errors.Is(err, io.EOF) || errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		l.names = names
	}
	e := Entry{dirs: w.levels, name: l.names[len(l.names)-1]}
	l.names = l.names[:len(l.names)-1]
	err := w.stat(l, &e)
	switch {
	case vanished(err):
		return nil
	case err != nil:
		return w.incomplete(err)
	}
	if err := w.visit(&e); err != nil || e.Type() != fs.ModeDir {
		if errors.Is(err, fs.SkipDir) {
			return nil
		}
		return err
	}
	return w.enter(int(l.dir.Fd()), e.name, e.name)
}

func (w *walk) stat(l *level, e *Entry) error {
	at := int(l.dir.Fd())
	err := unix.Fstatat(at, e.name, &e.Stat, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.EACCES) && w.Open && unix.Fchmod(at, 0o700) == nil {
		err = unix.Fstatat(at, e.name, &e.Stat, unix.AT_SYMLINK_NOFOLLOW)
	}
	return err
}

// enter opens a directory, whose entries are next.
func (w *walk) enter(at int, path, name string) error {
	if len(w.levels) > MaxDepth {
		if w.Incomplete == nil {
			return errTooDeep
		}
		return w.Incomplete(errTooDeep)
	}
	dir, err := openDir(at, path, w.Open, len(w.levels) == 0)
	if vanished(err) {
		return nil
	}
	if err != nil {
		return w.incomplete(err)
	}
	w.levels = append(w.levels, &level{name: name, dir: dir})
	return nil
}

// incomplete reports what may not be read. Any other error ends the walk.
func (w *walk) incomplete(err error) error {
	switch {
	case !errors.Is(err, fs.ErrPermission):
		return err
	case w.Incomplete == nil:
		return nil
	}
	return w.Incomplete(errClosed)
}

// vanished reports whether the file no longer exists, or is no directory any more.
func vanished(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}

// openDir opens a directory that is no link, unless follow is set. With force, it makes a closed one accessible to its owner.
func openDir(at int, name string, force, follow bool) (*os.File, error) {
	flags := unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC | unix.O_NONBLOCK
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := unix.Openat(at, name, flags, 0)
	if errors.Is(err, unix.EACCES) && force {
		if err = makeReadable(at, name); err == nil {
			fd, err = unix.Openat(at, name, flags, 0)
		}
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}
