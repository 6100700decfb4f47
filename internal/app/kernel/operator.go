package kernel

import (
	"context"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// AdminActor is who u is outside of every team, for verbs of the instance; one who is no admin may do none of them.
func AdminActor(ctx context.Context, u user.User) tenant.Actor {
	return From(ctx, tenant.Actor{User: u.ID, Name: u.Name, Admin: u.Admin && u.Active, Via: "login"})
}

// MayOperate is the right to acts on the instance: an admin has it, and whoever runs a command on the data.
func MayOperate(by tenant.Actor) error {
	if by.Admin || by.Via == Operator().Via {
		return nil
	}
	return fault.New(fault.Forbidden, "Only an admin of this instance may do this.")
}

// Operator is who the commands act as, for verbs that take an actor.
func Operator() tenant.Actor { return tenant.Actor{Name: "operator", Via: "command"} }
