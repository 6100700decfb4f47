package main

import (
	"fmt"
	"os/exec"
	"text/tabwriter"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

type doctorCmd struct{}

// Run prints the table of attacks and what stops each on this host, then the programs that sessions need.
func (doctorCmd) Run(c call) error {
	h := sandbox.Probe()
	w := tabwriter.NewWriter(c.io.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "host\t%s, Landlock ABI %d\n\nAN AGENT TRIES TO\tRESULT\tBY\n", h.OS, h.LandlockABI)
	for _, p := range h.Protections() {
		result := "fails"
		if !p.Protected {
			result = "not protected"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Attack, result, p.By)
	}
	fmt.Fprintf(w, "\nPROGRAM\tWHERE\t\n")
	fmt.Fprintf(w, "opencode\t%s\t\n", orMissing(c.settings.OpencodeBin, "not installed: sessions cannot run"))
	for _, name := range []string{"git", "rg"} {
		path, _ := exec.LookPath(name)
		fmt.Fprintf(w, "%s\t%s\t\n", name, orMissing(path, "not installed: run make setup"))
	}
	return w.Flush()
}

func orMissing(path, why string) string {
	if path == "" {
		return why
	}
	return path
}
