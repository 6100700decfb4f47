// Package db wires the query layer: it names the areas, so that every statement is registered before Open.
// Statements live in the areas below it, doors and walls in kernel. Nothing else belongs here.
package db

import (
	"context"
	"reflect"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
)

// Scopes are the areas' statement types inside a team, by area, for the tests that walk them: each method needs an isolation row.
var Scopes = map[string]reflect.Type{
	"people": reflect.TypeFor[dbpeople.Scope](), "models": reflect.TypeFor[dbmodels.Scope](), "repos": reflect.TypeFor[dbrepos.Scope](),
	"work": reflect.TypeFor[dbwork.Scope](), "console": reflect.TypeFor[dbconsole.Scope](),
}

// Open opens the database; see dbkernel.Open.
func Open(ctx context.Context, o dbkernel.Options) (*dbkernel.DB, error) {
	return dbkernel.Open(ctx, o)
}

// Migrate brings a PostgreSQL database to this program's schema as its owner; see dbkernel.Migrate.
func Migrate(ctx context.Context, ownerDSN string, serveAs ...string) error {
	return dbkernel.Migrate(ctx, ownerDSN, serveAs...)
}
