package main

import (
	"fmt"
	"os"
	"text/tabwriter"
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
