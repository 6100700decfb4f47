package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// firstToGo makes the kernel end agents before the server when memory runs out; the scale ends at 1000.
const firstToGo = "500"

// limit bounds this process and all it starts. A limit that is tighter already stays. No core is ever written: it would
// hold whatever the program held.
func limit(s Spec) error {
	bounds := map[int]int64{unix.RLIMIT_FSIZE: s.Limits.FileSize, unix.RLIMIT_NOFILE: s.Limits.OpenFiles}
	if s.UID > 0 {
		bounds[unix.RLIMIT_NPROC] = s.Limits.Processes
	}
	for what, most := range bounds {
		if most <= 0 {
			continue
		}
		if err := bound(what, uint64(most)); err != nil {
			return err
		}
	}
	if err := bound(unix.RLIMIT_CORE, 0); err != nil {
		return err
	}
	// Where /proc is not writable, or this process was made a victim already, it stays as it is.
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte(firstToGo), 0); err != nil && !errors.Is(err, os.ErrPermission) && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("offer the program when memory runs out: %w", err)
	}
	return nil
}

func bound(what int, most uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(what, &now); err != nil {
		return fmt.Errorf("read a limit: %w", err)
	}
	most = min(most, now.Max)
	if err := unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most}); err != nil {
		return fmt.Errorf("set a limit: %w", err)
	}
	return nil
}

func ownerOf(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
