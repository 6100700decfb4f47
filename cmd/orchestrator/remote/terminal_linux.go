package remote

import "golang.org/x/sys/unix"

// flushTerminal drops what a terminal has received and no program has read.
func flushTerminal(fd int) { _ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }
