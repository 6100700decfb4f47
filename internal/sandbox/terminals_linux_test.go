package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a terminal as a terminal emulator does, and returns the path of the side that programs use.
func terminal(t *testing.T) string {
	t.Helper()
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	must(t, unix.IoctlSetPointerInt(int(f.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPTN)
	must(t, err)
	return fmt.Sprintf("/dev/pts/%d", n)
}

// TestProgramsHaveTerminalsOfTheirOwn: they can open one, and see no other.
func TestProgramsHaveTerminalsOfTheirOwn(t *testing.T) {
	t.Parallel()
	work := map[string]struct{ tool, script string }{
		"python": {"python3", `python3 -c 'import os, pty; a, b = pty.openpty(); os.write(b, b"hi"); print(os.read(a, 9).decode(), os.ttyname(b))'`},
		"script": {"script", `script -qec 'test -t 0 && printf hi >/dev/tty && tty' /dev/null </dev/null`},
		"list":   {"ls", `test "$(ls /dev/pts)" = ptmx && echo hi /dev/pts/0`},
	}
	for _, w := range ways() {
		if !w.namespaces {
			continue
		}
		h := newHouse(t)
		for name, tt := range work {
			t.Run(name+"/"+w.name, func(t *testing.T) {
				if _, err := exec.LookPath(tt.tool); err != nil {
					t.Skipf("%s is not installed", tt.tool)
				}
				out, err := h.inShell(t, w, tt.script)
				if err != nil || !strings.Contains(out, "hi") || !strings.Contains(out, "/dev/pts/0") {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
}

// TestEveryMountIsRestricted: no mount of a program's file system honours set-user-ID bits, and only those of devices have devices.
func TestEveryMountIsRestricted(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		if !w.host().Files {
			continue
		}
		out, err := newHouse(t).inShell(t, w, `cat /proc/self/mountinfo`)
		must(t, err)
		for line := range strings.Lines(out) {
			fields := strings.Fields(line)
			if at := fields[4]; !strings.Contains(fields[5], "nosuid") || !strings.HasPrefix(at, "/dev/") && !strings.Contains(fields[5], "nodev") {
				t.Errorf("%s: %s", w.name, line)
			}
		}
	}
}
