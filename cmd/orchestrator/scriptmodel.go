package main

import (
	"fmt"
	"io"
	"os"

	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

type scriptmodelCmd struct {
	Key string `help:"API key that callers must send."`
	Log string `help:"File to which every call is appended as a line of JSON."`
}

// Run prints the base URL of the scripted model and serves it on --listen until it is stopped.
func (s scriptmodelCmd) Run(c call) error {
	var log io.Writer
	if s.Log != "" {
		f, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("open the call log: %w", err)
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
