package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

var agentPassword = regexp.MustCompile(`ocp_[A-Z2-7]{26}`)

// secretsOf returns the password and the gateway's key of an OpenCode process. Nothing shows them but its memory, which only root and its
// own user can read.
func secretsOf(pid int) (password, key string) {
	maps, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid)) // empty if the process has ended
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode)
		if n != 3 || !strings.HasPrefix(mode, "rw") || to-from > 1<<30 { // the larger ones are only reserved
			continue
		}
		for ; from < to && (password == "" || key == ""); from += 1 << 20 {
			text := residentPart(pid, from, min(1<<20, to-from))
			password, key = orElse(password, string(agentPassword.Find(text))), orElse(key, string(gatewayKey.Find(text)))
		}
	}
	return password, key
}

// residentPart returns a part of a process's memory, or nothing if none of its pages was ever used.
func residentPart(pid int, from, size int64) []byte {
	used := make([]byte, 8*size/int64(os.Getpagesize()))
	if !readAt(pid, "pagemap", used, 8*from/int64(os.Getpagesize())) {
		return nil
	}
	for i := 7; i < len(used); i += 8 {
		const present, swapped = 0x80, 0x40
		if used[i]&(present|swapped) != 0 {
			text := make([]byte, size)
			readAt(pid, "mem", text, from)
			return text
		}
	}
	return nil
}

func readAt(pid int, file string, into []byte, at int64) bool {
	f, err := os.Open(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return false
	}
	defer f.Close()
	n, _ := f.ReadAt(into, at)
	return n > 0
}

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
