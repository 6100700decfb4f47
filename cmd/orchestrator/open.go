package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/industrial-orchestrator/orchestrator/db"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// databaseFile is the path of the embedded database in the data directory.
func databaseFile(s config.Settings) string { return filepath.Join(s.Data, "db", "orchestrator.db") }

// makeDirs creates the data directory and its subdirectories if they are missing, accessible only to the server's user.
func makeDirs(data string) error {
	for _, dir := range []string{data, filepath.Join(data, "db"), filepath.Join(data, "artifacts"), filepath.Join(data, "teams")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create the data directory: %w", err)
		}
	}
	// A directory that was created by hand may be accessible to others.
	if err := os.Chmod(data, 0o700); err != nil {
		return fmt.Errorf("restrict access to the data directory: %w", err)
	}
	return nil
}

// openData opens the database and its keys. It creates what is missing, but no keys for a database that depends on others.
func openData(ctx context.Context, s config.Settings) (*dbkernel.DB, *secret.Keys, error) {
	return openDataAccepting(ctx, s, false)
}

// openDataAccepting is openData for a server that may accept keys that do not fit the database.
func openDataAccepting(ctx context.Context, s config.Settings, lostKey bool) (*dbkernel.DB, *secret.Keys, error) {
	if err := makeDirs(s.Data); err != nil {
		return nil, nil, explainStart(s, err)
	}
	d, err := db.Open(ctx, dbkernel.Options{Path: databaseFile(s), DSN: string(s.Database)})
	if err != nil {
		return nil, nil, explainStart(s, fmt.Errorf("open the database: %w", err))
	}
	keys, err := appconsole.OpenKeys(ctx, d, keySource(s), lostKey)
	if err != nil {
		return nil, nil, errors.Join(explainStart(s, err), d.Close())
	}
	return d, keys, nil
}

// withApp opens the data, runs one command on it and closes it.
func withApp(c call, do func(*app.App) error) (err error) {
	d, keys, err := openData(c.ctx, c.settings)
	if err != nil {
		return err
	}
	defer func() {
		if e := d.Close(); err == nil {
			err = e
		}
	}()
	guard, err := newGuard(c.settings)
	if err != nil {
		return err
	}
	provider, err := wireOIDC(c.settings, guard)
	if err != nil {
		return err
	}
	return do(app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys, AuditHeads: auditHeads(c.settings), AuditNote: auditNote(c.settings), OIDC: provider,
		Mail: c.settings.SMTPURL != "", PublicURL: c.settings.PublicURL}))
}
