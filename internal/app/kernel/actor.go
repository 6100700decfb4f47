package kernel

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// System is the event actor of everything that the server does on its own.
var System = event.Actor{Kind: "system"}

// Person returns an actor as the actor of an event.
func Person(by tenant.Actor) event.Actor {
	return event.Actor{Kind: "user", ID: string(by.User), Name: by.Name}
}

// SystemActor returns the actor of audit entries about a team that nobody caused.
func SystemActor(t tenant.ID) tenant.Actor {
	return tenant.Actor{Tenant: t, Name: "system", Via: "system"}
}

// AdminActor returns a user as an actor outside teams, for verbs of the instance. A user who is not an admin may use none of them.
func AdminActor(ctx context.Context, u user.User) tenant.Actor {
	return WithRequest(ctx, tenant.Actor{User: u.ID, Name: u.Name, Admin: u.Admin && u.Active, Via: "login"})
}

// Operator returns the actor of the commands, for verbs that need an actor.
func Operator() tenant.Actor { return tenant.Actor{Name: "operator", Via: "command"} }

// MayOperate returns a Forbidden fault unless the actor may manage the instance: admins and the operator's commands may.
func MayOperate(by tenant.Actor) error {
	if by.Admin || by.Via == Operator().Via {
		return nil
	}
	return fault.New(fault.Forbidden, "Only an admin of this instance can do this.")
}

// WithRequest returns the actor with the address and the ID of the request in the context.
func WithRequest(ctx context.Context, by tenant.Actor) tenant.Actor {
	if o, ok := tenant.OriginOf(ctx); ok {
		by.Peer, by.Request = o.Peer, o.Request
	}
	return by
}

// instanceActor returns the actor of the context for actions outside teams; the system if the context has none.
func instanceActor(ctx context.Context) tenant.Actor {
	o, ok := tenant.OriginOf(ctx)
	if !ok {
		return tenant.Actor{Name: "system", Via: "system", Peer: "system"}
	}
	return tenant.Actor{User: o.User, Name: o.Name, Via: o.Via, Peer: o.Peer, Request: o.Request}
}
