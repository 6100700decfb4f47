package work

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Orders is the bell of the loop that drives a session: a person's move, message or answer rings it.
func Orders(t tenant.ID, s session.ID) hub.Key {
	return hub.Orders(t, s)
}

// ring wakes everybody who shows or drives a session; call it after the commit.
func (a *Verbs) ring(t tenant.ID, s session.ID) {
	a.k.Hub.RingBell(hub.Session(t, s))
	a.k.Hub.RingBell(hub.Team(t))
	a.k.Hub.RingBell(Orders(t, s))
}

// Announce rings the bells of a session whose row changed in a system transaction, such as a claim.
func (a *Verbs) Announce(t tenant.ID, s session.ID) { a.ring(t, s) }
