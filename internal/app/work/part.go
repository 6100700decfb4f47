package work

import (
	"context"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Parts returns the texts that the agent is still writing.
func (a *Verbs) Parts(ctx context.Context, by tenant.Actor, id session.ID) (ps []session.Part, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, _ session.Session) error { ps, err = dbwork.On(sc).Parts(ctx, id); return err })
	return ps, err
}

// SendLive sends a growing text to the people who have the session open; it stores nothing.
func (a *Verbs) SendLive(l Lease, p session.Part) {
	a.k.Hub.Live(hub.Session(l.Tenant, l.Session), hub.Frame{PartID: p.ID, Kind: p.Kind, Text: appkernel.RemoveOwnSecrets(p.Text)})
}
