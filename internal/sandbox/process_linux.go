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

// StartTime tells one process from a later one with the same pid: it changes with every start and every boot.
func StartTime(pid int) (string, error) {
	fields, err := statOf(pid)
	if err != nil {
		return "", err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot's id: %w", err)
	}
	return strings.TrimSpace(string(boot)) + "/" + fields[19], nil
}

// statOf gives the fields of /proc/pid/stat from the state on.
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

// KillGroup ends the program pid that Command started and everything that came of it, and returns when all are gone.
// A pid of 0 ends by marker alone: what an agent server left behind when it was killed.
func KillGroup(pid int, marker string) error {
	return errors.Join(groups.Load().end(marker), killAll(func() []int {
		return groupOf(func(p, sid int) bool { return pid > 0 && (p == pid || sid == pid) || marked(p, markerVar, marker) })
	}))
}

// KillSession ends what a session's shells left running inside a living agent server. It knows them by their tag, which
// they cannot wash off; who tried is ended as well.
func KillSession(session string) error {
	want := tagOf(session)
	return killAll(func() []int {
		return groupOf(func(p, _ int) bool {
			has, torn := tagged(p)
			return torn || has == want
		})
	})
}

// killAll stops everybody before it ends anybody: who starts others faster than they are found runs into its limit so. It
// returns when all are gone: a process that ends loses what find knows it by before it closes its files.
func killAll(find func() []int) error {
	deadline := time.Now().Add(5 * time.Second)
	stopped := map[int]string{}
	for pause := time.Millisecond; ; {
		left := find()
		if len(left) == 0 && !anyAlive(stopped) {
			return nil
		}
		fresh, err := stopAll(left, stopped)
		if err != nil {
			return err
		}
		late := time.Now().After(deadline)
		if late && time.Now().After(deadline.Add(2*time.Second)) {
			return fmt.Errorf("%d processes of the group do not end", max(1, len(left)))
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

// anyAlive tells whether one of these processes, which map to their start times, has not ended.
func anyAlive(started map[int]string) bool {
	for pid, at := range started {
		if fields, err := statOf(pid); err == nil && fields[0] != "Z" && fields[19] == at {
			return true
		}
	}
	return false
}

// stopAll stops those it has not stopped yet and notes when they started; fresh says whether there were any.
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

// groupOf finds living processes that belong, by their number and session, or descend from one that does.
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
