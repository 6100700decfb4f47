package sandbox

import (
	"os"
	"runtime"
	"strings"
	"sync"
)

// Host is what this machine can hold a program with.
type Host struct {
	OS          string
	Root        bool
	LandlockABI int
	// Seccomp is true where forbidden system calls can be refused.
	Seccomp bool
	// Processes is true where a program can get its own view of processes.
	Processes bool
	// UserNamespaces is true where Processes and Network come from user namespaces rather than from root's rights.
	UserNamespaces bool
	// Network is true where a program can get a network of its own.
	Network bool
	// Files is true where a program can get its own view of files, in which nothing else has a name.
	Files bool
	// Users is true where a program can run as a user of its own.
	Users bool
	// Groups is the place for control groups that UseGroups named; nil is none.
	Groups *Groups
}

// Holds says whether the host can hold a program at all.
func (h Host) Holds() bool { return h.LandlockABI >= 1 }

// Protection says whether an attack fails on a host, and by what.
type Protection struct {
	Attack    string
	Protected bool
	By        string
}

// The attacks every host is judged by.
const (
	ReadOutside    = "read the database, another team's directory, the operator's home or keys"
	WriteOutside   = "write outside the session's tree"
	BeOthers       = "act as the server's user or as another team's"
	ReadEnviron    = "read the environment of the agent server"
	ConnectPort    = "connect to the agent server, the gateway or another TCP port"
	LeaveHost      = "reach the network or a cloud's metadata address"
	SendDatagrams  = "send datagrams, or TCP by a side door"
	HostSockets    = "reach a local socket of the host, such as that of Docker"
	SignalOutside  = "signal the agent server or the orchestrator"
	OutliveGroup   = "outlive the end of the agent server"
	UseRootsRights = "mount, load modules or use other rights of root"
	AttackKernel   = "use system calls that serve to attack the kernel"
	BombForks      = "start processes without end"
	WriteHugeFile  = "write a file without end"
	TakeMemory     = "take all memory"
	TakeProcessors = "take all processors"
)

// Protections is the table of attacks for this host, as doctor prints it: by are the walls that hold, the strongest first.
func (h Host) Protections() []Protection {
	row := func(attack string, walls ...wall) Protection {
		p := Protection{Attack: attack, By: "not protected"}
		var by []string
		for _, w := range walls {
			if w.stands {
				by = append(by, w.name)
			}
		}
		if len(by) > 0 {
			p.Protected, p.By = true, strings.Join(by, ", ")
		}
		return p
	}
	landlock := func(abi int, what string) wall { return wall{h.LandlockABI >= abi, "Landlock " + what} }
	view, user, network := wall{h.Files, "its own view of files"}, wall{h.Users, "a user of its own"}, wall{h.Network, "a network of its own"}
	calls, limits := wall{h.Seccomp, "refused system calls"}, wall{h.OS == "linux", "a limit of the kernel"}
	group := func(can func(*Groups) bool, what string) wall {
		return wall{h.Groups != nil && can(h.Groups), what + " of its control group"}
	}
	tasks := group(func(g *Groups) bool { return g.Tasks }, "the tasks")
	return []Protection{
		row(ReadOutside, landlock(1, "files"), view, user),
		row(WriteOutside, landlock(3, "files and truncation"), view),
		row(BeOthers, user),
		row(ReadEnviron, landlock(1, "domains")),
		row(ConnectPort, landlock(4, "TCP")),
		row(LeaveHost, network, wall{h.LandlockABI >= 4 && h.Seccomp, "Landlock TCP and refused system calls"}),
		row(SendDatagrams, calls),
		row(HostSockets, view),
		row(SignalOutside, landlock(6, "scopes")),
		row(OutliveGroup, wall{h.Processes, "its own view of processes"}, group(func(g *Groups) bool { return g.Kill }, "the end")),
		row(UseRootsRights, wall{h.LandlockABI >= 1, "dropped capabilities"}, user),
		row(AttackKernel, calls),
		row(BombForks, wall{h.Users, "the tasks of its user"}, tasks),
		row(WriteHugeFile, limits),
		row(TakeMemory, group(func(g *Groups) bool { return g.Memory }, "the memory")),
		row(TakeProcessors, group(func(g *Groups) bool { return g.CPU }, "the processors")),
	}
}

// wall is something that stops an attack where it stands.
type wall struct {
	stands bool
	name   string
}

// Probe tries once what this host can do; it needs Main to have been called for the namespaces.
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
