package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// groupsDir is where programs look for their control group and its limits.
const groupsDir = "/sys/fs/cgroup"

// groupsSource is the source of the mount of showGroup, by which a shell recognizes it.
const groupsSource = "own-group"

// enterOwnGroups makes this process's control group the root of what it and its descendants see of control groups. The calling
// goroutine stays on its thread, because a cgroup namespace belongs to a thread, and children inherit that of the thread that starts
// them. It cannot be a clone flag: the group's processes start in the group, but the namespace would begin at their parent's.
func enterOwnGroups() error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("separate the view of control groups: %w", err)
	}
	return nil
}

// showGroup mounts this process's control group, read-only, in place of the host's tree of groups, which shows how many other teams
// work, and how hard. It mounts an empty directory if that is not possible, or if the group is not its own but the server's.
func showGroup(root string, own bool) error {
	at := root + groupsDir
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil // a host without such a directory has nothing to hide
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	err := enterOwnGroups()
	if err == nil && own {
		err = mount(groupsSource, at, "cgroup2", flags, "")
	}
	if err != nil || !own {
		return mount("tmpfs", at, "tmpfs", flags|unix.MS_RDONLY, "mode=0755,size=4k")
	}
	// As a flag of the first mount it could change the host's mount.
	if err := unix.Mount("", at, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|flags, ""); err != nil {
		return fmt.Errorf("restrict %s: %w", at, err)
	}
	return nil
}

// readableSystem are the system paths that a program may read. The host's tree of control groups is not among them, only the mount of
// showGroup.
func readableSystem() []string {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err == nil && strings.Contains(string(mounts), " "+groupsDir+" ") && strings.Contains(string(mounts), " - cgroup2 "+groupsSource+" ") {
		return append(slices.Clone(systemPaths), groupsDir)
	}
	return systemPaths
}
