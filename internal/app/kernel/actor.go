package kernel

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Person is the event actor of by.
func Person(by tenant.Actor) event.Actor {
	return event.Actor{Kind: "user", ID: string(by.User), Name: by.Name}
}

// System is the event actor of what happens without anyone asking.
var System = event.Actor{Kind: "system"}
