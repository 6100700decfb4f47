package main

import (
	"fmt"
	"io"
	"os"

	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

type scriptmodelCmd struct {
	Key string `help:"API key to ask for."`
	Log string `help:"File that gets every call as a line of JSON."`
}

// Run serves the scripted model on --listen until it is told to stop, and prints its base address first.
func (s scriptmodelCmd) Run(c call) error {
	var log io.Writer
	if s.Log != "" {
		f, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("open the log of calls: %w", err)
		}
		defer func() { _ = f.Close() }()
		log = f
	}
	url, stop, err := scriptmodel.New(scriptmodel.Options{Key: s.Key, Log: log}).Listen(c.settings.Listen)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintln(c.io.out, url)
	<-c.ctx.Done()
	return nil
}
