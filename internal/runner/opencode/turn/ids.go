package turn

import (
	"fmt"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

const stampLen, endLen = 12, 14

// endOf is the random end of an ID, which names a message whatever its stamp.
func endOf(id string) string { return id[max(0, len(id)-endLen):] }

func stampOf(id string) string {
	if _, rest, ok := strings.Cut(id, "_"); ok && len(rest) >= stampLen {
		return rest[:stampLen]
	}
	return ""
}

// placeAfter gives the IDs m is sent with: its own, or with a later stamp when the conversation has a newer message.
func placeAfter(m session.Message, newest string, now time.Time) (id, part string) {
	if stampOf(m.ID) > stampOf(newest) {
		return m.ID, m.PartID
	}
	fresh, _ := session.NewMessageID(now)
	stamp := stampOf(fresh)
	if stamp <= stampOf(newest) { // the clock went back
		var n uint64
		_, _ = fmt.Sscanf(stampOf(newest), "%x", &n) // an ID of another form sorts as it may
		stamp = fmt.Sprintf("%012x", n+1)
	}
	return "msg_" + stamp + endOf(m.ID), "prt_" + stamp + endOf(m.PartID)
}

// restampPart gives a part the stamp that its message has.
func restampPart(part, message string) string { return "prt_" + stampOf(message) + endOf(part) }
