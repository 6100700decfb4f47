package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// The programs of a session are marked with a tag: the hard limits of two resources that have no effect here. Programs inherit hard
// limits and can lower but never raise them, and every process can read them. The sum of the two is constant, so that a program that
// lowers one or both destroys the tag but cannot turn it into another one. The upper bits of a tag stand for the session, the lower ones
// for the command with which the broker started the program.
const (
	tagFirst, tagSecond = unix.RLIMIT_LOCKS, unix.RLIMIT_RTTIME
	tagSum              = 1 << 62
	tagCommandBits      = 20
)

// tagOf returns the first half of a session's tag.
func tagOf(session string) uint64 {
	sum := sha256.Sum256([]byte(session))
	return (1 + binary.BigEndian.Uint64(sum[:])%(tagSum>>tagCommandBits-1)) << tagCommandBits
}

// tagOfCommand returns the first half of a command's tag.
func tagOfCommand(session string, command uint64) uint64 {
	return tagOf(session) | command&(1<<tagCommandBits-1)
}

// applyTag permanently marks this process and its descendants.
func applyTag(session string, command uint64) error {
	if session == "" {
		return nil
	}
	tag := tagOfCommand(session, command)
	if err := lowerLimit(tagFirst, tag); err != nil {
		return err
	}
	return lowerLimit(tagSecond, tagSum-tag)
}

// readTag returns the first half of a process's tag; torn reports whether the process has lowered a half.
func readTag(pid int) (first uint64, torn bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		return 0, false // the process has ended
	}
	a, b := hardLimit(text, "Max file locks"), hardLimit(text, "Max realtime timeout")
	if a >= tagSum || b >= tagSum {
		return 0, false
	}
	return a, a+b != tagSum
}

// hardLimit finds a limit in the kernel's table for a process, which has the columns name, soft limit, hard limit and unit.
func hardLimit(table []byte, name string) uint64 {
	_, line, _ := bytes.Cut(table, []byte(name))
	line, _, _ = bytes.Cut(line, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return unix.RLIM_INFINITY
	}
	n, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return unix.RLIM_INFINITY // the table says "unlimited"
	}
	return n
}
