package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// keyCmds are the commands for master keys. They can be used while the server runs, because it rereads the key file.
type keyCmds struct {
	Rotate rotateCmd   `cmd:"" action:"admin" help:"Add a new master key and re-encrypt every stored secret with it."`
	Drop   dropCmd     `cmd:"" action:"admin" help:"Remove a master key that no longer encrypts any secret."`
	List   listKeysCmd `cmd:"" action:"admin" help:"List the IDs of the master keys and how many secrets each one encrypts."`
}

// keySource is the environment if master keys are set there, else the key file.
func keySource(s config.Settings) appconsole.KeySource {
	if s.MasterKey != "" {
		load := func() (*secret.Keys, error) { return secret.FromText(config.MasterKeyEnv, string(s.MasterKey)) }
		return appconsole.KeySource{Name: config.MasterKeyEnv, Load: load, Create: load}
	}
	return appconsole.KeySource{Name: "the key file " + s.KeyFile,
		Load:   func() (*secret.Keys, error) { return secret.Load(s.KeyFile) },
		Create: func() (*secret.Keys, error) { return secret.LoadOrCreate(s.KeyFile) }}
}

type rotateCmd struct{}

// Run adds a key and re-encrypts every secret. Keys in the environment have to be added there by hand; Run then only re-encrypts.
func (rotateCmd) Run(c call) error {
	return withKeys(c, func(a *app.App, keys *secret.Keys) error {
		if c.settings.MasterKey == "" { // only now, because the present keys have been checked
			if _, err := secret.Add(c.settings.KeyFile); err != nil {
				return err
			}
		}
		done, err := a.Console.Reseal(c.ctx)
		if err != nil {
			return fmt.Errorf("re-encrypt secrets (stopped after %d; run the command again): %w", done.Done, err)
		}
		fmt.Fprintf(c.io.out, "Current key: %s. Secrets re-encrypted: %d.\n", keys.Current(), done.Done)
		for id, n := range done.Closed {
			fmt.Fprintf(c.io.out, "Secrets not changed because their key %s is missing: %d.\n", id, n)
		}
		return nil
	})
}

type dropCmd struct {
	ID string `arg:"" name:"id" help:"ID of the key, as printed by 'orchestrator key list'."`
}

// Run refuses while a secret is encrypted with the key. A running server uses the newest key the next time it encrypts.
func (d dropCmd) Run(c call) error {
	if c.settings.MasterKey != "" {
		return fault.New(fault.Conflict, "The master keys are set in %s. Remove the key there once 'orchestrator key list' shows that it no longer encrypts any secrets.", config.MasterKeyEnv)
	}
	return withKeys(c, func(a *app.App, _ *secret.Keys) error {
		err := a.Console.DropKey(c.ctx, d.ID, func() error { return secret.Drop(c.settings.KeyFile, d.ID) })
		if err != nil {
			return fmt.Errorf("remove key %s: %w", d.ID, err)
		}
		_, err = fmt.Fprintf(c.io.out, "Removed key %s. Backups of the key file that contain it can still decrypt old database backups.\n", d.ID)
		return err
	})
}

type listKeysCmd struct{}

// Run prints the IDs of the keys, never the keys.
func (listKeysCmd) Run(c call) error {
	return withKeys(c, func(a *app.App, keys *secret.Keys) error {
		with, err := a.Console.SealedWith(c.ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.io.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "KEY\tSECRETS\tCURRENT")
		for _, id := range keys.IDs() {
			fmt.Fprintf(w, "%s\t%d\t%v\n", id, with[id], id == keys.Current())
			delete(with, id)
		}
		for id, n := range with {
			fmt.Fprintf(w, "%s\t%d\tmissing\n", id, n)
		}
		return w.Flush()
	})
}

// withKeys is like withApp for commands that also need the keys.
func withKeys(c call, do func(*app.App, *secret.Keys) error) (err error) {
	d, keys, err := openData(c.ctx, c.settings)
	if err != nil {
		return err
	}
	defer func() {
		if e := d.Close(); err == nil {
			err = e
		}
	}()
	return do(app.New(app.Options{DB: d, Hub: hub.New(), Keys: keys}), keys)
}
