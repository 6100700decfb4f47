package sandbox

import (
	"os"
	"runtime"
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
	ReadEnviron    = "read the environment of the agent server"
	ConnectPort    = "connect to the agent server, the gateway or another TCP port"
	SendDatagrams  = "send datagrams, or TCP by a side door"
	SignalOutside  = "signal the agent server or the orchestrator"
	OutliveGroup   = "outlive the end of the agent server"
	UseRootsRights = "mount, load modules or use other rights of root"
)

// Protections is the table of attacks for this host, as doctor prints it.
func (h Host) Protections() []Protection {
	row := func(attack string, ok bool, by string) Protection {
		if !ok {
			by = "not protected"
		}
		return Protection{Attack: attack, Protected: ok, By: by}
	}
	return []Protection{
		row(ReadOutside, h.LandlockABI >= 1, "Landlock files"),
		row(WriteOutside, h.LandlockABI >= 3, "Landlock files and truncation"),
		row(ReadEnviron, h.LandlockABI >= 1, "Landlock's hierarchy of domains"),
		row(ConnectPort, h.LandlockABI >= 4, "Landlock TCP"),
		row(SendDatagrams, h.Seccomp, "refused system calls"),
		row(SignalOutside, h.LandlockABI >= 6, "Landlock scopes"),
		row(OutliveGroup, h.Processes, "its own view of processes"),
		row(UseRootsRights, h.LandlockABI >= 1, "dropped capabilities"),
	}
}

// Probe tries once what this host can do; it needs Main to have been called for the namespaces.
func Probe() Host { return probed() }

var probed = sync.OnceValue(func() Host {
	h := Host{OS: runtime.GOOS, Root: os.Geteuid() == 0}
	probe(&h)
	return h
})
