package listener

import "syscall"

// manyFiles stands for no limit.
const manyFiles = 1 << 20

// OpenFiles is how many files and connections this process can have open. Go has raised the limit to the highest that the system allows
// this process.
func OpenFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || uint64(limit.Cur) > manyFiles {
		return manyFiles
	}
	return int(limit.Cur)
}
