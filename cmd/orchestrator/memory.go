package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// freeMemory is what the kernel says can be given to programs without swapping; ok is false where it does not say.
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

// roomFor says why the host takes no more sessions now; empty when it does.
func roomFor(least int64) func() string {
	return func() string {
		if free, ok := freeMemory(); ok && free < least {
			return "this host is short of memory."
		}
		return ""
	}
}
