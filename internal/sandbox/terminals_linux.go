package sandbox

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// terminalsDir is where programs find terminals; terminalsSource is the source of the mount of ownTerminals, by which a stage recognizes it.
const (
	terminalsDir    = "/dev/pts"
	terminalsSource = "own-terminals"
)

// terminalDevices lead to terminals. They are usable only where the terminals are the program's own.
var terminalDevices = []string{"/dev/tty", "/dev/ptmx"}

// ownTerminals mounts an empty directory of terminals below root, so that programs can open terminals and never see those of the host. If
// the host does not allow that, they have none.
func ownTerminals(root string) error {
	at := root + terminalsDir
	if err := os.MkdirAll(at, 0o755); err != nil {
		return fmt.Errorf("create %s: %w", terminalsDir, err)
	}
	if err := mount(terminalsSource, at, "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"); err != nil {
		return mount("tmpfs", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_RDONLY, "mode=0755,size=4k")
	}
	return nil
}

// hasOwnTerminals reports whether the terminals that this process sees are those of ownTerminals.
func hasOwnTerminals() bool {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false
	}
	own := false
	for line := range strings.Lines(string(mounts)) {
		if before, after, _ := strings.Cut(line, " - "); strings.Contains(before, " "+terminalsDir+" ") { // a later mount is on top
			own = strings.HasPrefix(after, "devpts "+terminalsSource+" ")
		}
	}
	return own
}
