package work

import (
	"context"
	"encoding/json"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
)

var (
	qEraseReason = area.CrossTenant(dbkernel.ReasonErasure, `UPDATE main.sessions SET reason_message = replace(reason_message, $1, $2) WHERE reason_message LIKE '%' || $1 || '%'`)
	// A name that the data of the person's own events mentions, as JSON writes it.
	qEraseTold = area.CrossTenant(dbkernel.ReasonErasure, `UPDATE main.events SET data = replace(data, $2, $3) WHERE actor_id = $1`)
)

func eraseEventText(ctx context.Context, s *dbkernel.System, e dbkernel.Erased) error {
	if _, err := s.Exec(ctx, qEraseReason, e.Was.Name, e.As.Name); err != nil {
		return dbkernel.Wrap("erase a name in reasons", err)
	}
	_, err := s.Exec(ctx, qEraseTold, e.Was.ID, escapeJSON(e.Was.Name), escapeJSON(e.As.Name))
	return dbkernel.Wrap("erase a name in events", err)
}

// escapeJSON is a text with the escapes of a JSON string, without its quotes.
func escapeJSON(text string) string {
	b, _ := json.Marshal(text)
	return string(b[1 : len(b)-1])
}
