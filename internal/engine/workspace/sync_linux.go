package workspace

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncDisk writes the file system that has dir to its disk.
func syncDisk(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}
