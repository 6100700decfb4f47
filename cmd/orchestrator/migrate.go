package main

import (
	"fmt"

	"github.com/industrial-orchestrator/orchestrator/db"
)

type migrateCmd struct {
	ServeAs []string `placeholder:"LOGIN" help:"PostgreSQL login that the server will use. It becomes a member of the database roles orc_tenant and orc_system. Repeatable."`
}

// Run applies the missing migrations. Opening a SQLite database migrates it, after a backup copy was made.
func (m migrateCmd) Run(c call) error {
	if c.settings.Database != "" {
		if err := db.Migrate(c.ctx, string(c.settings.Database), m.ServeAs...); err != nil {
			return err
		}
		_, err := fmt.Fprintln(c.io.out, "The database schema is up to date.")
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
	_, err = fmt.Fprintf(c.io.out, "The schema of %s is up to date (version %d).\n", databaseFile(c.settings), v)
	return err
}
