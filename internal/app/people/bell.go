package people

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// Letters is the bell of the loop that sends e-mails.
var Letters = hub.Loop("letters")

// PersonBell is the bell of everything a person has open: it rings when the person's rights may have become fewer.
func PersonBell(u tenant.UserID) hub.Key { return hub.Person(u) }

// ringPerson lets every open stream of a person look at the person's rights again.
func (a *Verbs) ringPerson(u tenant.UserID) { a.k.Hub.RingBell(PersonBell(u)) }
