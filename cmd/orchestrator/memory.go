package main

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
)

// processMemory is what an OpenCode process is expected to take: 230 MB when it is ready, 290 after some turns.
const processMemory = 300 << 20

// memoryOf is a figure of the kernel about the host's memory; ok is false if the kernel does not report it.
func memoryOf(figure string) (bytes int64, ok bool) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		rest, found := strings.CutPrefix(lines.Text(), figure+":")
		if !found {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 10, 64)
		return kib << 10, err == nil
	}
	return 0, false
}

// freeMemory is the memory that programs can use without swapping.
func freeMemory() (bytes int64, ok bool) { return memoryOf("MemAvailable") }

// processesThatFit is how many OpenCode processes the host's memory holds beside the memory that must stay free; 0, which means no
// limit, if the kernel does not report it.
func processesThatFit(least int64) int {
	total, ok := memoryOf("MemTotal")
	if !ok {
		return 0
	}
	return max(1, int((total-least)/processMemory))
}

// memoryGate returns a function that says how many more sessions the host's memory holds beside the active ones, and why if that is
// none. A process that runs has its memory already: those of active sessions that do not run yet will take theirs, and those of no
// active session end when it is needed.
func memoryGate(least int64, running func() int) func(active int) (int, string) {
	return func(active int) (int, string) {
		free, ok := freeMemory()
		if !ok {
			return math.MaxInt32, ""
		}
		if n := roomIn(free-least, running(), active); n > 0 {
			return n, ""
		}
		return 0, "this host is low on memory."
	}
}

// roomIn is how many more sessions spare bytes hold, with so many running processes and active sessions.
func roomIn(spare int64, running, active int) int {
	return running - active + int(max(0, spare)/processMemory)
}
