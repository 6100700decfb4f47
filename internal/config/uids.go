package config

import (
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"strings"
)

// UIDs is a range of user IDs: auto, off, or BASE:COUNT.
type UIDs struct {
	auto        bool
	base, count int
}

// freeUIDs are the ranges for auto, which uses the first one that exists on this system: IDs that are not assigned to people,
// services or containers; and, for containers with 65,536 IDs, the last ones below those of services.
var freeUIDs = []UIDs{{base: 1_900_000_000, count: 100_000}, {base: 50_000, count: 10_000}}

// uidBlock is how many IDs of a range auto uses, so that two servers on one host rarely use the same ones.
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
		return fmt.Errorf("%q is not valid: use auto, off, or BASE:COUNT with a base of 1000 or more, such as 1900000000:100000", string(b))
	}
	*u = UIDs{base: int(base), count: int(count)}
	return nil
}

// String writes the range as on the command line.
func (u UIDs) String() string {
	switch {
	case u.auto:
		return "auto"
	case u.count == 0:
		return "off"
	}
	return fmt.Sprintf("%d:%d", u.base, u.count)
}

// AgentUIDRange returns the first ID and the number of IDs. The count is 0 if the setting is off or auto finds no range on this
// system.
func (s Settings) AgentUIDRange() (base, count int, err error) {
	u := s.AgentUIDs
	if !u.auto && u.count == 0 {
		return 0, 0, nil
	}
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil && u.auto {
		return 0, 0, nil // not Linux
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read the user IDs of this system: %w", err)
	}
	if !u.auto && !hasRange(string(text), u) {
		return 0, 0, fmt.Errorf("--agent-uids %s: these user IDs do not exist on this system, whose user map (first, outside, count) is %s",
			u, strings.Join(strings.Fields(string(text)), " "))
	}
	if !u.auto {
		return u.base, u.count, nil
	}
	for _, t := range freeUIDs {
		if hasRange(string(text), t) {
			return t.base + blockOf(s.Data, t.count/uidBlock)*uidBlock, uidBlock, nil
		}
	}
	return 0, 0, nil
}

// blockOf chooses one of count blocks by the data directory's path.
func blockOf(data string, count int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(data)) // never fails
	return int(h.Sum32() % uint32(count))
}

// hasRange reports whether one line of a user map contains the whole range.
func hasRange(uidMap string, u UIDs) bool {
	for line := range strings.Lines(uidMap) {
		var first, outside, count int
		if _, err := fmt.Sscan(line, &first, &outside, &count); err == nil && u.base >= first && u.base+u.count <= first+count {
			return true
		}
	}
	return false
}
