package config

import (
	"fmt"
	"hash/fnv"
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

// uidBlock is how many numbers of a range auto takes, so that two servers of one host rarely take the same ones.
const uidBlock = 1000

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

// AgentUIDRange is the first number and how many there are; none when it is off, or auto finds none this system knows.
func (s Settings) AgentUIDRange() (base, count int, err error) {
	u := s.AgentUIDs
	if !u.auto && u.count == 0 {
		return 0, 0, nil
	}
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil && u.auto {
		return 0, 0, nil // no Linux: there are no such users
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read which user numbers this system knows: %w", err)
	}
	if !u.auto && !known(string(text), u) {
		return 0, 0, fmt.Errorf("--agent-uids %s: this system does not know these numbers; it knows, as first, outside and count: %s",
			u, strings.Join(strings.Fields(string(text)), " "))
	}
	if !u.auto {
		return u.base, u.count, nil
	}
	for _, t := range freeUIDs {
		if known(string(text), t) {
			return t.base + block(s.Data, t.count/uidBlock)*uidBlock, uidBlock, nil
		}
	}
	return 0, 0, nil
}

// block chooses one of so many blocks by a data directory's name.
func block(data string, many int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(data)) // it never fails
	return int(h.Sum32() % uint32(many))
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
