package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// freeMemory is the memory that programs can use without swapping, as reported by the kernel; ok is false if the kernel
// does not report it.
func freeMemory() (bytes int64, ok bool) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		rest, found := strings.CutPrefix(lines.Text(), "MemAvailable:")
		if !found {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
		return kib << 10, err == nil
	}
	return 0, false
}

// memoryGate returns a function that says why the host cannot start more sessions, or "" if it can.
func memoryGate(least int64) func() string {
	return func() string {
		if free, ok := freeMemory(); ok && free < least {
			return "this host is low on memory."
		}
		return ""
	}
}
