package workspace

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// copyTree copies directories, files and links from one directory to a new one, with their modes and times, and leaves out everything
// else. It follows no link, and fails after most bytes with ErrCachesTooLarge.
func copyTree(ctx context.Context, from, to string, most int64) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return fmt.Errorf("copy tool caches: %w", err)
	}
	in, err := os.OpenRoot(from)
	if err != nil {
		return fmt.Errorf("copy tool caches: %w", err)
	}
	defer in.Close()
	out, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("copy tool caches: %w", err)
	}
	defer out.Close()
	c := treeCopy{ctx: ctx, in: in, out: out, left: most}
	err = fs.WalkDir(in.FS(), ".", c.entry)
	for i := len(c.dirs) - 1; i >= 0 && err == nil; i-- { // last, because they may be closed to their owner
		err = c.finish(c.dirs[i].name, c.dirs[i].info)
	}
	if err != nil {
		return fmt.Errorf("copy tool caches: %w", err)
	}
	return nil
}

type treeCopy struct {
	ctx     context.Context
	in, out *os.Root
	left    int64
	dirs    []copiedDir
}

type copiedDir struct {
	name string
	info fs.FileInfo
}

func (c *treeCopy) entry(name string, d fs.DirEntry, err error) error {
	if err != nil || name == "." {
		return err
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	info, err := d.Info()
	switch {
	case err != nil:
		return err
	case d.IsDir():
		c.dirs = append(c.dirs, copiedDir{name, info})
		return c.out.Mkdir(name, 0o700)
	case d.Type() == fs.ModeSymlink:
		target, err := c.in.Readlink(name)
		if err != nil {
			return err
		}
		return c.out.Symlink(target, name)
	case d.Type().IsRegular():
		return c.file(name, info)
	}
	return nil
}

func (c *treeCopy) file(name string, info fs.FileInfo) error {
	if c.left -= info.Size(); c.left < 0 {
		return ErrCachesTooLarge
	}
	src, err := c.in.Open(name)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := c.out.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, io.LimitReader(src, info.Size()))
	if closed := dst.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return c.finish(name, info)
}

// finish sets mode and times. Tools delete what they have not used for long.
func (c *treeCopy) finish(name string, info fs.FileInfo) error {
	if err := c.out.Chtimes(name, time.Time{}, info.ModTime()); err != nil {
		return err
	}
	return c.out.Chmod(name, info.Mode().Perm())
}
