//go:build !linux

package workspace

import "syscall"

// syncDisk writes all file systems to their disks.
func syncDisk(string) error {
	_ = syscall.Sync()
	return nil
}
