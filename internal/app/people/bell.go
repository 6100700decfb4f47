package people

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Letters starts the loop that sends e-mails.
var Letters = hub.Loop("letters")

// PersonBell returns the bell of a person's open pages. It rings when the person may have lost rights.
func PersonBell(u tenant.UserID) hub.Key { return hub.Person(u) }

// ringPerson makes every open stream of a person check the person's rights again.
func (a *Verbs) ringPerson(u tenant.UserID) { a.k.Hub.RingBell(PersonBell(u)) }
