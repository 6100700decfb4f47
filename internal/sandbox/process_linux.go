package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// StartTime distinguishes a process from a later one with the same PID. It is different for every start and every boot.
func StartTime(pid int) (string, error) {
	fields, err := statOf(pid)
	if err != nil {
		return "", err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot ID: %w", err)
	}
	return strings.TrimSpace(string(boot)) + "/" + fields[19], nil
}

// statOf returns the fields of /proc/pid/stat, starting with the state.
func statOf(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, fmt.Errorf("read process %d: %w", pid, err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 20 {
		return nil, fmt.Errorf("read process %d: short stat", pid)
	}
	return fields, nil
}

// KillGroup kills the program with the PID that Command started and all its descendants, and returns when all have ended. With PID 0 it
// finds processes only by the marker, such as those that a killed agent server left.
func KillGroup(pid int, marker string) error {
	g := groups.Load()
	err := errors.Join(g.kill(marker), killAll(func() []int {
		return groupOf(func(p, sid int) bool { return pid > 0 && (p == pid || sid == pid) || marked(p, markerVar, marker) })
	}))
	g.remove(marker)
	return err
}

// KillSession kills processes that a session's shells left in a running agent server. It finds them by their tag, which they cannot
// remove; processes that tried to are killed as well.
func KillSession(session string) error {
	want := tagOf(session) >> tagCommandBits
	return killAll(func() []int {
		return groupOf(func(p, _ int) bool {
			has, torn := readTag(p)
			return torn || has>>tagCommandBits == want
		})
	})
}

// killCommand kills what came of one program that the broker started, by its tag and, unless it has ended, by its PID. All of it came of
// this process's parent, init: what a program left is init's child.
func killCommand(session string, command uint64, pid int) error {
	want, init := tagOfCommand(session, command), os.Getppid()
	return killAll(func() []int {
		return groupOf(func(p, sid int) bool {
			has, torn := readTag(p)
			ours := torn || session != "" && has == want || pid > 0 && (p == pid || sid == pid)
			return ours && descends(p, init)
		})
	})
}

// killAll stops all processes before it kills any, so that processes that fork faster than they are found reach their limit. It returns
// when all have ended: find no longer recognizes a process that is exiting, although it may still have open files.
func killAll(find func() []int) error {
	deadline := time.Now().Add(5 * time.Second)
	stopped := map[int]string{}
	for pause, gone := time.Millisecond, false; ; {
		left := find()
		if len(left) == 0 && !anyAlive(stopped) {
			if gone { // a process may have been missed while it ended and its child began
				return nil
			}
			gone = true
			time.Sleep(5 * time.Millisecond)
			continue
		}
		gone = false
		fresh, err := stopAll(left, stopped)
		if err != nil {
			return err
		}
		late := time.Now().After(deadline)
		if late && time.Now().After(deadline.Add(2*time.Second)) {
			return fmt.Errorf("%d processes of the group did not end", max(1, len(left)))
		}
		if fresh && !late {
			continue
		}
		if err := signalAll(left, unix.SIGKILL); err != nil {
			return err
		}
		time.Sleep(pause)
		pause = min(2*pause, 50*time.Millisecond)
	}
}

// anyAlive reports whether one of the processes, which are mapped to their start times, has not ended.
func anyAlive(started map[int]string) bool {
	for pid, at := range started {
		if fields, err := statOf(pid); err == nil && fields[0] != "Z" && fields[19] == at {
			return true
		}
	}
	return false
}

// stopAll stops processes that are not stopped yet and records their start times; fresh reports whether there were any.
func stopAll(pids []int, stopped map[int]string) (fresh bool, err error) {
	var now []int
	for _, p := range pids {
		if _, known := stopped[p]; known {
			continue
		}
		now = append(now, p)
		stopped[p] = ""
		if fields, err := statOf(p); err == nil {
			stopped[p] = fields[19]
		}
	}
	return len(now) > 0, signalAll(now, unix.SIGSTOP)
}

func signalAll(pids []int, s unix.Signal) error {
	for _, p := range pids {
		if err := unix.Kill(p, s); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("signal process %d: %w", p, err)
		}
	}
	return nil
}

// groupOf finds running processes that belong, by PID and session, and their descendants.
func groupOf(belongs func(pid, sid int) bool) []int {
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	parents, found := map[int]int{}, map[int]bool{}
	for _, e := range entries {
		p, _ := strconv.Atoi(filepath.Base(e))
		fields, err := statOf(p)
		if err != nil || fields[0] == "Z" || p == os.Getpid() {
			continue
		}
		parents[p], _ = strconv.Atoi(fields[1])
		sid, _ := strconv.Atoi(fields[3])
		found[p] = belongs(p, sid)
	}
	var group []int
	for p := range parents {
		for a := p; a > 1; a = parents[a] {
			if found[a] {
				group = append(group, p)
				break
			}
		}
	}
	return group
}

func marked(pid int, name, value string) bool {
	if value == "" {
		return false
	}
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && bytes.Contains(append([]byte{0}, env...), []byte("\x00"+name+"="+value+"\x00"))
}
