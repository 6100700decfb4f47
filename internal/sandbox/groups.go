package sandbox

import (
	"sync"
	"sync/atomic"
)

// Groups manages control groups (cgroup v2): one for each started program, below that of its team. Limits apply to the program and its
// descendants together, and they are killed together. The limits that Groups is opened with apply to all programs of a team together.
type Groups struct {
	dir string
	// Kill, Memory, Tasks and CPU report which features are available.
	Kill, Memory, Tasks, CPU bool
	limits                   GroupLimits
	mu                       sync.Mutex // held while a team's group gets its first program's or loses its last
}

// Group is where a program's control group is made, if the host has control groups.
type Group struct {
	// Team shares the limits of a team; a program without one has them for itself.
	Team string
	// Limits are the program's own, within those of its team.
	Limits GroupLimits
}

// GroupLimits limit a program and its descendants; zero means no limit.
type GroupLimits struct {
	Memory, Tasks int64
	// CPU is in thousandths of one CPU.
	CPU int64
}

// Dir is the directory of the groups.
func (g *Groups) Dir() string { return g.dir }

// groups is used for every program with separate processes; nil means no groups.
var groups atomic.Pointer[Groups]

// UseGroups puts every program with separate processes into its own group. It must be called before the first such start; nil means no
// groups.
func UseGroups(g *Groups) { groups.Store(g) }
