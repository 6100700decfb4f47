package main

import (
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/db"
)

type migrateCmd struct {
	ServeAs []string `placeholder:"LOGIN" help:"PostgreSQL login that serve will use; it becomes a member of the two roles. Repeatable."`
}

// Run applies what is missing. SQLite is migrated by opening it, after a copy of what is there.
func (m migrateCmd) Run(c call) error {
	if c.settings.Database != "" {
		if err := db.Migrate(c.ctx, string(c.settings.Database), m.ServeAs...); err != nil {
			return err
		}
		_, err := fmt.Fprintln(c.io.out, "The database has the schema of this version.")
		return err
	}
	d, _, err := openData(c.ctx, c.settings)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	v, err := d.SchemaVersion(c.ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.io.out, "%s has the schema of this version (%d).\n", databaseFile(c.settings), v)
	return err
}
