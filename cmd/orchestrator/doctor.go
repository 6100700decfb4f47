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

// Run prints the isolation features of this host, the table of attacks with the feature that stops each, and the programs
// that sessions need.
func (doctorCmd) Run(c call) error {
	if err := useGroups(c.settings); err != nil {
		return err
	}
	h := usableHost(c.settings)
	w := tabwriter.NewWriter(c.io.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "HOST\t%s, Landlock ABI %d\n", h.OS, h.LandlockABI)
	for _, f := range append(features(h), cacheFeature(c.ctx, c.settings)) {
		fmt.Fprintf(w, "%s\t%s\n", f.name, orMissing(f.present, f.missing))
	}
	fmt.Fprintf(w, "\nATTACK BY AN AGENT\tRESULT\tPROTECTION\n")
	for _, p := range h.Protections() {
		result := "blocked"
		if !p.Protected {
			result = "not blocked"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", p.Attack, result, p.By)
	}
	fmt.Fprintf(w, "\nPROGRAM\tPATH\n")
	fmt.Fprintf(w, "opencode\t%s\n", orMissing(c.settings.OpencodeBin, "not installed (sessions cannot run)"))
	for _, name := range []string{"git", "rg"} {
		path, _ := exec.LookPath(name)
		fmt.Fprintf(w, "%s\t%s\n", name, orMissing(path, "not installed (run 'make setup')"))
	}
	return w.Flush()
}

// usableHost returns the features of this host that the settings allow the server to use.
func usableHost(s config.Settings) sandbox.Host {
	h := sandbox.Probe()
	if _, count, err := s.AgentUIDRange(); err != nil || count == 0 {
		h.Users = false
	}
	if s.EgressOpen() {
		h.Network = false
	}
	return h
}

// feature is an isolation feature of a host: how the host provides it, or why it does not.
type feature struct{ name, present, missing string }

func features(h sandbox.Host) []feature {
	have := func(ok bool, how string) string {
		if ok {
			return how
		}
		return ""
	}
	namespaces := "yes, with root privileges"
	if h.UserNamespaces {
		namespaces = "yes, with user namespaces"
	}
	all := []feature{
		{"separate users", have(h.Users, "yes, one per team"), "no (requires root, separate file systems and --agent-uids)"},
		{"separate processes", have(h.Processes, namespaces), "no (requires root or user namespaces)"},
		{"separate file systems", have(h.Files, namespaces), "no (requires Linux 5.12 or later and permission to mount)"},
		{"separate networks", have(h.Network, namespaces), "no (requires network namespaces and --agent-egress=closed)"},
	}
	all = append(all, feature{"command broker", have(h.Brokers(), brokerOf(h)), "no (requires Landlock: OpenCode starts the agents' commands itself)"})
	if h.OS == "linux" {
		all = append(all, feature{"hidden secrets", have(h.Hides(), "yes, overwritten in OpenCode's environment"),
			fmt.Sprintf("no (kernel.yama.ptrace_scope is %d, so OpenCode does not start; set it to 1 or 0)", h.Yama)})
	}
	if h.Groups == nil {
		return append(all, feature{name: "control groups", missing: "no (requires a cgroup v2 directory that this server can use; set --agent-cgroup)"})
	}
	can := []string{}
	for _, c := range []struct {
		ok   bool
		what string
	}{{h.Groups.Kill, "kill"}, {h.Groups.Memory, "memory"}, {h.Groups.Tasks, "tasks"}, {h.Groups.CPU, "CPU"}} {
		if c.ok {
			can = append(can, c.what)
		}
	}
	return append(all, feature{"control groups", strings.Join(can, ", ") + " in " + h.Groups.Dir(), "no"})
}

// brokerOf says how the programs of agents are started beside OpenCode.
func brokerOf(h sandbox.Host) string {
	if h.Processes {
		return "yes, ends with OpenCode's processes"
	}
	return "yes, without separate processes: it ends what it started itself"
}

func orMissing(path, why string) string {
	if path == "" {
		return why
	}
	return path
}
