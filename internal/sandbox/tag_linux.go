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

// A session's programs bear its tag: the hard limits of two resources that bound nothing here. Every program inherits
// them, may lower and never raise them, and everybody can read them. The two always make the same sum, so that lowering
// one or both tears the tag and can never make another session's out of it.
const (
	tagFirst, tagSecond = unix.RLIMIT_LOCKS, unix.RLIMIT_RTTIME
	tagSum              = 1 << 62
)

// tagOf is the first half of a session's tag.
func tagOf(session string) uint64 {
	sum := sha256.Sum256([]byte(session))
	return 1 + binary.BigEndian.Uint64(sum[:])%(tagSum-1)
}

// tag marks this process and all it starts, for good.
func tag(session string) error {
	if session == "" {
		return nil
	}
	if err := bound(tagFirst, tagOf(session)); err != nil {
		return err
	}
	return bound(tagSecond, tagSum-tagOf(session))
}

// tagged is the first half of a process's tag; torn says that it lowered a half.
func tagged(pid int) (first uint64, torn bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		return 0, false // it has ended
	}
	a, b := hardLimit(text, "Max file locks"), hardLimit(text, "Max realtime timeout")
	if a >= tagSum || b >= tagSum {
		return 0, false
	}
	return a, a+b != tagSum
}

// hardLimit finds a limit in the kernel's table of a process: name, soft limit, hard limit, unit.
func hardLimit(table []byte, name string) uint64 {
	_, line, _ := bytes.Cut(table, []byte(name))
	line, _, _ = bytes.Cut(line, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) < 2 {
		return unix.RLIM_INFINITY
	}
	n, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return unix.RLIM_INFINITY // it is called unlimited
	}
	return n
}
