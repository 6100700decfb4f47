package sandbox

import (
	"os"
	"runtime"
	"strings"
	"sync"
)

// Host is the isolation features of this machine.
type Host struct {
	OS          string
	Root        bool
	LandlockABI int
	// Yama is the kernel's ptrace_scope, which restricts who may write into another process's memory; 0 does not.
	Yama int
	// Ptrace is true if this process may do so in spite of a Yama of 1 or 2.
	Ptrace bool
	// Seccomp is true if the kernel can filter system calls.
	Seccomp bool
	// Processes is true if a program can have separate processes.
	Processes bool
	// UserNamespaces is true if Processes and Network use user namespaces instead of root privileges.
	UserNamespaces bool
	// Network is true if a program can have a separate network.
	Network bool
	// Files is true if a program can have a separate file system that contains only its own paths.
	Files bool
	// Users is true if a program can run as a separate user.
	Users bool
	// Groups is the value passed to UseGroups; nil means no control groups.
	Groups *Groups
}

// Holds reports whether the host supports the sandbox at all.
func (h Host) Holds() bool { return h.LandlockABI >= 1 }

// Brokers reports whether an agent server's shell, git and rg are started by a broker beside it, in a domain of their own.
func (h Host) Brokers() bool { return h.OS == "linux" && h.Holds() }

// Hides reports whether the server can overwrite the secrets in the environment of an agent server, also of one that it adopts.
func (h Host) Hides() bool {
	switch {
	case h.Yama <= 1: // what it adopts is overwritten already, else it is ended
		return true
	case h.Yama == 2: // who makes a user namespace may trace everything in it
		return h.Ptrace || h.UserNamespaces
	}
	return false
}

// Protection reports whether a host blocks an attack, and with which features.
type Protection struct {
	Attack    string
	Protected bool
	By        string
}

// The attacks for which every host is checked.
const (
	ReadOutside    = "read the database, another team's directory, or the operator's home or keys"
	WriteOutside   = "write outside the session's working tree"
	BeOthers       = "act as the server's user or as another team's user"
	ReadEnviron    = "read the environment of the agent server"
	ReadSecrets    = "read the agent server's password and key with the agent server's own tools"
	WriteGit       = "change the session's git directory with the agent server's own tools"
	RunFromGit     = "run a program with the agent server's rights through git's configuration"
	ConnectPort    = "connect to the agent server, the gateway or another TCP port"
	LeaveHost      = "connect to the network or a cloud metadata address"
	SendDatagrams  = "send datagrams, or bypass the TCP rules"
	HostSockets    = "connect to one of the host's local sockets, such as Docker's"
	UseTerminals   = "read or write the operator's terminals"
	SignalOutside  = "signal the agent server or the orchestrator"
	OutliveGroup   = "keep running after the agent server ends"
	UseRootsRights = "mount, load modules or use other root privileges"
	AttackKernel   = "use system calls that are common in kernel attacks"
	BombForks      = "start an unlimited number of processes"
	WriteHugeFile  = "write a file of unlimited size"
	TakeMemory     = "use all memory"
	SeeGroups      = "see how many teams work, and how hard, in their control groups"
	TakeProcessors = "use all CPU"
)

// Protections returns the table of attacks for this host, with the features that block each one, strongest first.
func (h Host) Protections() []Protection {
	row := func(attack string, barriers ...barrier) Protection {
		p := Protection{Attack: attack, By: "none"}
		var by []string
		for _, b := range barriers {
			if b.present {
				by = append(by, b.name)
			}
		}
		if len(by) > 0 {
			p.Protected, p.By = true, strings.Join(by, ", ")
		}
		return p
	}
	landlock := func(abi int, what string) barrier { return barrier{h.LandlockABI >= abi, "Landlock " + what} }
	view, user, network := barrier{h.Files, "separate file system"}, barrier{h.Users, "separate user"}, barrier{h.Network, "separate network"}
	calls, limits := barrier{h.Seccomp, "system call filter"}, barrier{h.OS == "linux", "kernel limit"}
	group := func(can func(*Groups) bool, what string) barrier {
		return barrier{h.Groups != nil && can(h.Groups), "control group " + what}
	}
	tasks := group(func(g *Groups) bool { return g.Tasks }, "task limit")
	return []Protection{
		row(ReadOutside, landlock(1, "files"), view, user),
		row(WriteOutside, landlock(3, "files and truncation"), view),
		row(BeOthers, user),
		row(ReadEnviron, landlock(1, "domains")),
		row(ReadSecrets, barrier{h.OS == "linux" && h.Hides(), "overwritten environment"}),
		row(WriteGit, landlock(1, "files")),
		row(RunFromGit, barrier{h.Brokers(), "broker of git, rg and shell"}),
		row(ConnectPort, landlock(4, "TCP")),
		row(LeaveHost, network, barrier{h.LandlockABI >= 4 && h.Seccomp, "Landlock TCP rules and system call filter"}),
		row(SendDatagrams, calls),
		row(HostSockets, view),
		row(UseTerminals, landlock(1, "files"), barrier{h.Processes, "separate terminals"}),
		row(SignalOutside, landlock(6, "scopes")),
		row(OutliveGroup, barrier{h.Processes, "separate processes"}, group(func(g *Groups) bool { return g.Kill }, "kill")),
		row(UseRootsRights, barrier{h.LandlockABI >= 1, "dropped capabilities"}, user),
		row(AttackKernel, calls),
		row(SeeGroups, barrier{h.Processes, "separate control group view"}),
		row(BombForks, barrier{h.Users, "per-user task limit"}, tasks),
		row(WriteHugeFile, limits),
		row(TakeMemory, group(func(g *Groups) bool { return g.Memory }, "memory limit")),
		row(TakeProcessors, group(func(g *Groups) bool { return g.CPU }, "CPU limit")),
	}
}

// barrier is a feature that blocks an attack if it is present.
type barrier struct {
	present bool
	name    string
}

// Probe tests the features of this host once. To detect namespaces, Main must have been called.
func Probe() Host {
	h := probed()
	h.Groups = groups.Load()
	return h
}

var probed = sync.OnceValue(func() Host {
	h := Host{OS: runtime.GOOS, Root: os.Geteuid() == 0}
	probe(&h)
	return h
})
