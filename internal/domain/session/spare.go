package session

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// sparePrefix distinguishes the ID of a spare from those of sessions.
const sparePrefix = "spare-"

// NewSpare returns the ID of a new spare, an agent process that is started before the session that will use it. It is never a session's.
func NewSpare() ID { return ID(sparePrefix + id.New()) }

// IsSpare reports whether the ID is that of a spare.
func (i ID) IsSpare() bool {
	rest, ok := strings.CutPrefix(string(i), sparePrefix)
	return ok && id.Valid(rest)
}
