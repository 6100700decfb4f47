package config

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// UIDs is a range of user numbers: auto, off, or BASE:COUNT.
type UIDs struct {
	auto        bool
	base, count int
}

// The ranges that auto takes, the first one this system has: numbers that neither people, services nor containers are
// given, and inside a container that knows 65,536 numbers the last ones below those of services.
var freeUIDs = []UIDs{{base: 1_900_000_000, count: 100_000}, {base: 50_000, count: 10_000}}

// UnmarshalText reads auto, off or BASE:COUNT.
func (u *UIDs) UnmarshalText(b []byte) error {
	switch string(b) {
	case "auto":
		*u = UIDs{auto: true}
		return nil
	case "off":
		*u = UIDs{}
		return nil
	}
	first, many, ok := strings.Cut(string(b), ":")
	base, errBase := strconv.ParseUint(first, 10, 31)
	count, errCount := strconv.ParseUint(many, 10, 31)
	if !ok || errBase != nil || errCount != nil || base < 1000 || count == 0 || base+count > 1<<31 {
		return fmt.Errorf("%q is not auto, off, or BASE:COUNT with a first number of 1000 or more, such as 1900000000:100000", string(b))
	}
	*u = UIDs{base: int(base), count: int(count)}
	return nil
}

// String is the range as it is written.
func (u UIDs) String() string {
	switch {
	case u.auto:
		return "auto"
	case u.count == 0:
		return "off"
	}
	return fmt.Sprintf("%d:%d", u.base, u.count)
}

// Range is the first number and how many there are; none when it is off, or auto finds none this system knows.
func (u UIDs) Range() (base, count int, err error) {
	if !u.auto && u.count == 0 {
		return 0, 0, nil
	}
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return 0, 0, fmt.Errorf("read which user numbers this system knows: %w", err)
	}
	tries := []UIDs{u}
	if u.auto {
		tries = freeUIDs
	}
	for _, t := range tries {
		if known(string(text), t) {
			return t.base, t.count, nil
		}
	}
	if u.auto {
		return 0, 0, nil
	}
	return 0, 0, fmt.Errorf("--agent-uids %s: this system does not know these numbers; it knows, as first, outside and count: %s", u, strings.Join(strings.Fields(string(text)), " "))
}

// known says whether one line of a user map holds the whole range.
func known(uidMap string, u UIDs) bool {
	for line := range strings.Lines(uidMap) {
		var first, outside, many int
		if _, err := fmt.Sscan(line, &first, &outside, &many); err == nil && u.base >= first && u.base+u.count <= first+many {
			return true
		}
	}
	return false
}
