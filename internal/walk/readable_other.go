//go:build !linux

package walk

import "golang.org/x/sys/unix"

// makeReadable gives the owner of a directory every permission for it.
func makeReadable(at int, name string) error {
	return unix.Fchmodat(at, name, 0o700, unix.AT_SYMLINK_NOFOLLOW)
}
