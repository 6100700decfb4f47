package walk

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// makeReadable gives the owner of a directory every permission for it. It opens the directory first, because what has its name can become a
// link at any time.
func makeReadable(at int, name string) error {
	fd, err := unix.Openat(at, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), 0o700)
}
