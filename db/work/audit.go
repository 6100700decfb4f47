package work

import (
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// MoveAudit is the audit entry of a move that a loop of the server made.
func MoveAudit(v session.Session, to session.Status, why session.ReasonCode, at time.Time) dbkernel.Audit {
	detail := string(v.Status) + " → " + string(to)
	if why != "" {
		detail += ": " + string(why)
	}
	return dbkernel.Audit{ID: id.New(), At: at, ByName: "system", Via: "system", Peer: "system", Verb: "move_session", Object: string(v.ID), Detail: detail,
		Before: string(v.Status), After: string(to)}
}
