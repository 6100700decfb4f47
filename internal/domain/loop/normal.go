package loop

import (
	"encoding/json"
	"hash/fnv"
	"regexp"
	"time"
)

// mostCompared bounds what is compared of a text. Of a longer one the beginning and the end count.
const mostCompared = 16 << 10

// args is a canonical form of a call's arguments, without those that describe it only.
func args(raw string) string {
	var in map[string]any
	if json.Unmarshal([]byte(raw), &in) != nil {
		return oneLine(raw)
	}
	delete(in, "description")
	delete(in, "timeout")
	if s, ok := in["command"].(string); ok {
		in["command"] = oneLine(s)
	}
	b, _ := json.Marshal(in) // keys are sorted
	return string(b)
}

// key makes one number of texts.
func key(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// The forms of a command that waits for something else: at the beginning of a command, or as a word of a known one.
var (
	waitCommand = regexp.MustCompile(`(^|[;&|({"]|\\n|\bdo\b|\bthen\b)\s*(sleep|wait|until|watch|inotifywait)\b|\b(run watch|kubectl wait|rollout status|tail -[fF])\b|--(wait|follow)\b`)
	waitTool    = regexp.MustCompile(`(?i)(wait|sleep|poll)`)
)

// The times from which a call counts as one that waits, or that runs long.
const (
	waitsFrom = 5 * time.Second
	longFrom  = 10 * time.Second
)

// waits reports whether a call waited for something outside: after it, looking again is no repeat.
func (c Call) waits() bool {
	if c.Duration < waitsFrom {
		return false
	}
	if c.Tool == "bash" {
		var in struct{ Command string }
		return json.Unmarshal([]byte(c.Args), &in) == nil && waitCommand.MatchString(in.Command)
	}
	return waitTool.MatchString(c.Tool)
}

// runsLong reports whether a call that succeeded took its time. It may be waiting in a way that is not known, so it is stopped late.
func (c Call) runsLong() bool { return !c.Failed && c.Duration >= longFrom }

// isBookkeeping reports whether a tool neither looks at anything nor changes it, or waits for a person.
func isBookkeeping(tool string) bool {
	return tool == "todowrite" || tool == "todoread" || tool == "question"
}
