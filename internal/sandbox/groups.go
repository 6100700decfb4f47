package sandbox

import "sync/atomic"

// Groups are control groups (cgroup v2) of the kernel, one for each program that is started: what they bound holds for
// a program and all it starts together, and they end together.
type Groups struct {
	dir string
	// Kill, Memory, Tasks and CPU say what the place can do.
	Kill, Memory, Tasks, CPU bool
	limits                   GroupLimits
}

// GroupLimits bound a program and all it starts; zero does not.
type GroupLimits struct {
	Memory, Tasks int64
	// CPU is thousandths of one processor.
	CPU int64
}

// Dir is where the groups are made.
func (g *Groups) Dir() string { return g.dir }

// groups is where every program is put that gets its own view of processes; nil makes no groups.
var groups atomic.Pointer[Groups]

// UseGroups puts every program that is started from now on, with its own view of processes, into a group of its own.
// It comes before the first such start; nil makes no groups.
func UseGroups(g *Groups) { groups.Store(g) }
