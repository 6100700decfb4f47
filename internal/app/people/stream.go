package people

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// StreamsPerPerson is how many streams a person can have open: live pages in all browsers, and event streams of all API tokens.
const StreamsPerPerson = 50

// HangPerson returns the bell of a person's stream, which rings when the person may have lost rights. It refuses a stream above the
// limit of a person. The caller leaves when the stream ends.
func HangPerson(h *hub.Hub, u tenant.UserID) (bell *hub.Bell, leave func(), err error) {
	bell, leave, ok := h.HangAtMost(PersonBell(u), StreamsPerPerson)
	if !ok {
		return nil, nil, &fault.Error{Kind: fault.Exhausted, Message: "You have 50 of 50 live pages and event streams open. Close one and try again.",
			Limit: &fault.Limit{Name: "max_streams_per_person", Value: StreamsPerPerson, Used: StreamsPerPerson}}
	}
	return bell, leave, nil
}
