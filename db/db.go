// Package db wires the query layer: it imports the areas, so that every statement is registered before Open. The statements are in
// the areas below it, transactions and walls in kernel. Nothing else belongs here.
package db

import (
	"context"
	"reflect"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
)

// Scopes holds the type of each area's statements inside a team, by area. Tests walk them: each method needs a row in the isolation
// table.
var Scopes = map[string]reflect.Type{
	"people": reflect.TypeFor[dbpeople.Scope](), "models": reflect.TypeFor[dbmodels.Scope](), "agents": reflect.TypeFor[dbagents.Scope](), "repos": reflect.TypeFor[dbrepos.Scope](),
	"work": reflect.TypeFor[dbwork.Scope](), "console": reflect.TypeFor[dbconsole.Scope](),
}

// Open opens the database with the statements of every area; see dbkernel.Open.
func Open(ctx context.Context, o dbkernel.Options) (*dbkernel.DB, error) {
	return dbkernel.Open(ctx, o)
}

// Migrate applies the missing migrations to a PostgreSQL database as its owner; see dbkernel.Migrate.
func Migrate(ctx context.Context, ownerDSN string, serveAs ...string) error {
	return dbkernel.Migrate(ctx, ownerDSN, serveAs...)
}
