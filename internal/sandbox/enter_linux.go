package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// enterSandbox drops everything that the spec does not list and executes the program. It locks the thread because capabilities and
// system call filters apply per thread, and those of the thread that calls exec count.
func enterSandbox(st stage) error {
	runtime.LockOSThread()
	s := st.Spec
	syscall.Umask(0o077)
	if err := os.Chdir(s.Dir); err != nil {
		return fmt.Errorf("change the directory: %w", err)
	}
	if err := unix.CloseRange(3, ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("hide the host's files: %w", err)
	}
	if err := errors.Join(applyLimits(s), applyTag(s.Session, st.Command)); err != nil {
		return err
	}
	if err := dropRights(s); err != nil {
		return err
	}
	program, err := lookPath(s.Argv[0], s.Env)
	if err != nil {
		return err
	}
	if st.Held {
		if err := restrict(s); err != nil {
			return err
		}
	}
	if err := refuseCalls(s); err != nil {
		return err
	}
	if s.Limits.Memory > 0 { // last, because this program itself may need more
		if err := lowerLimit(unix.RLIMIT_DATA, uint64(s.Limits.Memory)); err != nil {
			return err
		}
	}
	return fmt.Errorf("start %s: %w", program, syscall.Exec(program, s.Argv, s.Env))
}

// dropRights changes to the program's user and clears all capabilities, so that root can do no more than the owner of root's files.
// With ReadAll it keeps the capability to read files of other users.
func dropRights(s Spec) error {
	keep := -1
	if s.ReadAll && os.Geteuid() == 0 {
		keep = unix.CAP_DAC_READ_SEARCH
	}
	for c := 0; c <= unix.CAP_LAST_CAP; c++ {
		if c == keep {
			continue
		}
		// EINVAL means that the kernel does not have the capability, EPERM that the process could not raise it anyway.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil && err != unix.EINVAL && err != unix.EPERM {
			return fmt.Errorf("drop a capability: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil && err != unix.EINVAL {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	if s.UID > 0 {
		if err := setUser(s.UID, cmp.Or(s.GID, s.UID), keep >= 0); err != nil {
			return err
		}
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var left [2]unix.CapUserData
	if keep >= 0 {
		left[0].Effective, left[0].Permitted = 1<<keep, 1<<keep
	}
	if s.UID > 0 {
		left[0].Inheritable = left[0].Permitted
	}
	if err := unix.Capset(&head, &left[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	if s.UID > 0 && keep >= 0 { // a program of another user than root keeps only ambient capabilities
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(keep), 0, 0); err != nil {
			return fmt.Errorf("keep a capability: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid new privileges: %w", err)
	}
	return nil
}

// setUser permanently changes the user and the group, and drops all other groups. The capabilities end with it unless keep is true.
func setUser(uid, gid int, keep bool) error {
	if keep { // access(2) ignores the capabilities of a user other than root without this bit
		const noFixup, locked = 1 << 2, 1 << 3
		if err := unix.Prctl(unix.PR_SET_SECUREBITS, noFixup|locked, 0, 0, 0); err != nil {
			return fmt.Errorf("keep capabilities: %w", err)
		}
	}
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("drop supplementary groups: %w", err)
	}
	if err := syscall.Setresgid(gid, gid, gid); err != nil {
		return fmt.Errorf("change to group %d: %w", gid, err)
	}
	if err := syscall.Setresuid(uid, uid, uid); err != nil {
		return fmt.Errorf("change to user %d: %w", uid, err)
	}
	return nil
}
