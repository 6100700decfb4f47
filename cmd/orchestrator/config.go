package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

type configCmd struct{}

// Run prints every setting. Of a secret it prints only that it is set.
func (configCmd) Run(c call) error {
	w := tabwriter.NewWriter(c.io.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SETTING\tVALUE\tSOURCE\tVARIABLE")
	for _, l := range c.settings.Lines(c.flags, os.LookupEnv) {
		name := "--" + l.Name
		if l.NoFlag {
			name = l.Name
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, l.Value, l.Source, l.Env)
	}
	return w.Flush()
}

// settingsTable lists the current settings for the console, with secrets masked.
func (s *server) settingsTable() (all []webkit.Setting) {
	for _, l := range s.settings.Lines(nil, func(string) (string, bool) { return "", false }) {
		all = append(all, webkit.Setting{Name: l.Name, Value: l.Value, Help: l.Help})
	}
	return all
}
