package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// keyCmds are the commands about master keys. They work beside a server that runs: it follows the key file.
type keyCmds struct {
	Rotate rotateCmd   `cmd:"" action:"admin" help:"Add a new master key and seal every stored secret with it."`
	Drop   dropCmd     `cmd:"" action:"admin" help:"Take away a master key that nothing is sealed with any more."`
	List   listKeysCmd `cmd:"" action:"admin" help:"Print the ids of the master keys and how many secrets each seals."`
}

// loadKeys takes the keys of the environment where there are any, else those of the key file, which is made on the first start.
func loadKeys(s config.Settings) (*secret.Keys, error) {
	if s.MasterKey != "" {
		return secret.FromText(config.MasterKeyEnv, string(s.MasterKey))
	}
	return secret.LoadOrCreate(s.KeyFile)
}

type rotateCmd struct{}

// Run adds a key and seals everything anew; keys of the environment are added there by hand, and only the sealing is left to do.
func (rotateCmd) Run(c call) error {
	if c.settings.MasterKey == "" {
		if _, err := secret.LoadOrCreate(c.settings.KeyFile); err != nil {
			return err
		}
		if _, err := secret.Add(c.settings.KeyFile); err != nil {
			return err
		}
	}
	return withKeys(c, func(a *app.App, keys *secret.Keys) error {
		done, err := a.Reseal(c.ctx)
		if err != nil {
			return fmt.Errorf("seal anew, of which %d are done; run this again: %w", done.Done, err)
		}
		fmt.Fprintf(c.io.out, "The key %s seals now: %d secrets were sealed anew.\n", keys.Current(), done.Done)
		for id, n := range done.Closed {
			fmt.Fprintf(c.io.out, "%d secrets were sealed with the key %s, which is not there; they were left as they are.\n", n, id)
		}
		return nil
	})
}

type dropCmd struct {
	ID string `arg:"" name:"old" help:"The id of the key, as key list prints it."`
}

// Run refuses while something is sealed with the key. A server that runs seals with the newest key from its next sealing on.
func (d dropCmd) Run(c call) error {
	if c.settings.MasterKey != "" {
		return fault.New(fault.Conflict, "The master keys come from %s: take the key away there once key list shows no secret for it.", config.MasterKeyEnv)
	}
	return withKeys(c, func(a *app.App, _ *secret.Keys) error {
		err := a.DropKey(c.ctx, d.ID, func() error { return secret.Drop(c.settings.KeyFile, d.ID) })
		if err != nil {
			return fmt.Errorf("drop the key %s: %w", d.ID, err)
		}
		_, err = fmt.Fprintf(c.io.out, "Dropped the key %s. Copies of the key file that hold it still open old copies of the database.\n", d.ID)
		return err
	})
}

type listKeysCmd struct{}

// Run prints no key, only what it is called.
func (listKeysCmd) Run(c call) error {
	return withKeys(c, func(a *app.App, keys *secret.Keys) error {
		with, err := a.SealedWith(c.ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.io.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "KEY\tSECRETS\tSEALS")
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

// withKeys is withApp for what looks at the keys themselves.
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
