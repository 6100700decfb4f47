package main

import (
	"fmt"
	"os/exec"
	"strings"
	"text/tabwriter"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

type doctorCmd struct{}

// Run prints the table of attacks and what stops each on this host, then the programs that sessions need.
func (doctorCmd) Run(c call) error {
	if err := useGroups(c.settings); err != nil {
		return err
	}
	h := hostAs(c.settings)
	w := tabwriter.NewWriter(c.io.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "host\t%s, Landlock ABI %d\n", h.OS, h.LandlockABI)
	for _, a := range abilities(h) {
		fmt.Fprintf(w, "%s\t%s\n", a.name, orMissing(a.have, a.lacks))
	}
	fmt.Fprintf(w, "\nAN AGENT TRIES TO\tRESULT\tBY\n")
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

// hostAs is this host as far as the settings use it.
func hostAs(s config.Settings) sandbox.Host {
	h := sandbox.Probe()
	if _, count, err := s.AgentUIDRange(); err != nil || count == 0 {
		h.Users = false
	}
	if s.EgressOpen() {
		h.Network = false
	}
	return h
}

// ability is what a host gives or lacks, in words.
type ability struct{ name, have, lacks string }

func abilities(h sandbox.Host) []ability {
	have := func(ok bool, how string) string {
		if ok {
			return how
		}
		return ""
	}
	namespaces := "by the rights of root"
	if h.UserNamespaces {
		namespaces = "by user namespaces"
	}
	all := []ability{
		{"own users", have(h.Users, "one for each team"), "none: that needs root, a view of files of its own, and --agent-uids"},
		{"own processes", have(h.Processes, namespaces), "none: neither root's rights nor user namespaces are given"},
		{"own files", have(h.Files, namespaces), "none: the kernel is before 5.12, or refuses mounts"},
		{"own network", have(h.Network, namespaces), "none: no network namespaces, or --agent-egress is open"},
	}
	if h.Groups == nil {
		return append(all, ability{name: "control groups", lacks: "none: no cgroup v2 this server may divide; name one with --agent-cgroup"})
	}
	can := []string{}
	for _, c := range []struct {
		ok   bool
		what string
	}{{h.Groups.Kill, "end"}, {h.Groups.Memory, "memory"}, {h.Groups.Tasks, "tasks"}, {h.Groups.CPU, "processors"}} {
		if c.ok {
			can = append(can, c.what)
		}
	}
	return append(all, ability{"control groups", strings.Join(can, ", ") + " in " + h.Groups.Dir(), "nothing"})
}

func orMissing(path, why string) string {
	if path == "" {
		return why
	}
	return path
}
