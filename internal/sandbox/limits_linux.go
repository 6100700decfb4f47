package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// firstToGo makes the kernel kill agents before the server when memory runs out. The maximum is 1000.
const firstToGo = "500"

// applyLimits limits this process and its descendants. It keeps limits that are already lower. Core dumps are disabled, because they
// would contain the program's secrets.
func applyLimits(s Spec) error {
	bounds := map[int]int64{unix.RLIMIT_FSIZE: s.Limits.FileSize, unix.RLIMIT_NOFILE: s.Limits.OpenFiles}
	if s.UID > 0 {
		bounds[unix.RLIMIT_NPROC] = s.Limits.Processes
	}
	for what, most := range bounds {
		if most <= 0 {
			continue
		}
		if err := lowerLimit(what, uint64(most)); err != nil {
			return err
		}
	}
	if err := lowerLimit(unix.RLIMIT_CORE, 0); err != nil {
		return err
	}
	// If /proc is not writable, or the value is already higher, it stays unchanged.
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte(firstToGo), 0); err != nil && !errors.Is(err, os.ErrPermission) && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("set the out-of-memory score: %w", err)
	}
	return nil
}

func lowerLimit(what int, most uint64) error {
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

// OwnerOf returns the user and the group of a file; -1 if they are unknown.
func OwnerOf(info fs.FileInfo) (uid, gid int) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid), int(s.Gid)
	}
	return -1, -1
}
