package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Hide overwrites the values of variables in the environment of the program with the PID that Command started, and of its descendants,
// where the kernel shows it to other programs. The programs themselves keep what they have read of it. It fails if a value can still be
// read there. Only a program's user or root can read it at all.
func Hide(pid int, names ...string) error {
	seen := false
	for _, p := range groupOf(func(p, _ int) bool { return p == pid }) {
		has, err := hideIn(p, names)
		seen = seen || has
		// A process of another user cannot be read by those who run as this one either, and one that has ended has no environment.
		if err != nil && !errors.Is(err, fs.ErrPermission) && !hasEnded(p) {
			return err
		}
	}
	if !seen {
		return fmt.Errorf("process %d has no environment that this server can read", pid)
	}
	return nil
}

// hideIn reports whether a process has one of the variables, none of which has a value any more. It writes only if one has: a server that
// did not start the process may be allowed to read and not to write.
func hideIn(pid int, names []string) (has bool, err error) {
	has, shown, err := shows(pid, names)
	if err != nil || shown == "" {
		return has, err
	}
	failed := overwrite(pid, names)
	if _, shown, err = shows(pid, names); err != nil || shown == "" {
		return has, err
	}
	// An error of permission would look like one of a process that nobody can read.
	return has, fmt.Errorf("process %d still shows %s in its environment: %v", pid, shown, failed)
}

func hasEnded(pid int) bool {
	fields, err := statOf(pid)
	return err != nil || fields[0] == "Z"
}

// shows reports whether a process has one of the variables, and which one has a value.
func shows(pid int, names []string) (has bool, shown string, err error) {
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return false, "", fmt.Errorf("read the environment of process %d: %w", pid, err)
	}
	for e := range strings.SplitSeq(string(env), "\x00") {
		name, value, _ := strings.Cut(e, "=")
		if !slices.Contains(names, name) {
			continue
		}
		if has = true; strings.Trim(value, hidden) != "" {
			return has, name, nil
		}
	}
	return has, "", nil
}

// hidden replaces each byte of a value, so that the block keeps its length.
const hidden = "-"

// overwrite replaces the values of variables in the block of memory from which the kernel shows a process's environment.
func overwrite(pid int, names []string) error {
	start, block, err := environBlock(pid)
	if err != nil || len(block) == 0 {
		return err
	}
	m, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open the memory of process %d: %w", pid, err)
	}
	defer m.Close()
	if _, err := m.ReadAt(block, start); err != nil {
		return fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	at := start
	for entry := range bytes.SplitSeq(block, []byte{0}) {
		name, value, ok := bytes.Cut(entry, []byte("="))
		if ok && slices.Contains(names, string(name)) {
			if _, err := m.WriteAt(bytes.Repeat([]byte(hidden), len(value)), at+int64(len(name)+1)); err != nil {
				return fmt.Errorf("overwrite %s in process %d: %w", name, pid, err)
			}
		}
		at += int64(len(entry) + 1)
	}
	return nil
}

// environBlock returns where a process's environment begins, and a buffer of its size. It is empty if the kernel does not tell.
func environBlock(pid int) (start int64, block []byte, err error) {
	fields, err := statOf(pid)
	if err != nil || len(fields) < 50 {
		return 0, nil, err
	}
	start, _ = strconv.ParseInt(fields[47], 10, 64)
	end, _ := strconv.ParseInt(fields[48], 10, 64)
	return start, make([]byte, max(0, end-start)), nil
}
