package git

import (
	"io/fs"
	"syscall"
)

// stateOf returns the state of a file.
func stateOf(info fs.FileInfo) (s state, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return s, false
	}
	return state{Device: st.Dev, Inode: st.Ino, Mode: st.Mode, Size: st.Size, Modified: st.Mtim.Nano(), Changed: st.Ctim.Nano()}, true
}
