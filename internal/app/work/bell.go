package work

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Orders returns the bell of the loop that drives a session. A person's move, message or answer rings it.
func Orders(t tenant.ID, s session.ID) hub.Key {
	return hub.Orders(t, s)
}

// ringSession rings the bells of everything that shows or drives a session. Call it after the commit.
func (a *Verbs) ringSession(t tenant.ID, s session.ID) {
	a.k.Hub.RingBell(hub.Session(t, s))
	a.k.Hub.RingBell(hub.Team(t))
	a.k.Hub.RingBell(Orders(t, s))
}

// RingSession rings the bells of a session whose row changed in a system transaction, such as a claim.
func (a *Verbs) RingSession(t tenant.ID, s session.ID) { a.ringSession(t, s) }
