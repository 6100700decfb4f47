package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Unlinked returns the disk space, on the file system of dir, of files without a name that a session's programs have open. An error with
// fs.ErrPermission means that a program forbids the server to look; the rest is counted.
func Unlinked(session, dir string) (bytes int64, err error) {
	var at unix.Stat_t
	if err := unix.Stat(dir, &at); err != nil {
		return 0, fmt.Errorf("count deleted files: %w", err)
	}
	seen := map[[2]uint64]bool{}
	for _, p := range groupOf(func(p, _ int) bool { return hasTag(p, session) }) {
		open, failed := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p))
		if errors.Is(failed, fs.ErrPermission) && !hasEnded(p) {
			err = fmt.Errorf("count deleted files of process %d: %w", p, failed)
		}
		for _, f := range open {
			bytes += unlinkedSize(filepath.Join("/proc", fmt.Sprint(p), "fd", f.Name()), at.Dev, seen)
		}
	}
	return bytes, err
}

// unlinkedSize returns the space of an open file if it is on the device or in tool caches above it, has no name and was not seen.
func unlinkedSize(path string, device uint64, seen map[[2]uint64]bool) int64 {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil || st.Nlink > 0 || st.Mode&unix.S_IFMT != unix.S_IFREG || seen[[2]uint64{st.Dev, st.Ino}] {
		return 0
	}
	if st.Dev != device {
		var on unix.Statfs_t
		if err := unix.Statfs(path, &on); err != nil || int64(on.Type) != unix.OVERLAYFS_SUPER_MAGIC {
			return 0
		}
	}
	seen[[2]uint64{st.Dev, st.Ino}] = true
	return st.Blocks * 512
}

// hasTag reports whether a process has the tag of a session or of one of its commands, or the half of it that it has not destroyed.
func hasTag(pid int, session string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	want := tagOf(session) >> tagCommandBits
	return err == nil && (hardLimit(text, "Max file locks")>>tagCommandBits == want || (tagSum-hardLimit(text, "Max realtime timeout"))>>tagCommandBits == want)
}
