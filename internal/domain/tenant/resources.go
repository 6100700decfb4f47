package tenant

import "github.com/industrial-orchestrator/orchestrator/internal/domain/fault"

// Resources are what the processes of one session may take of the host together, within what the operator gives all agents of a team.
// nil means no limit of the session's own.
type Resources struct {
	// Memory is in bytes, CPU in thousandths of a processor; Tasks are processes and threads.
	Memory, CPU, Tasks *int64
}

// What OpenCode needs to work at all: 300 MB after some turns, and some thirty threads.
const (
	MinMemory = 512 << 20
	MinCPU    = 100
	MinTasks  = 128
)

// Bounds of the limits, so that no conversion overflows.
const (
	maxMemory = 1 << 44
	maxCPU    = 1_024_000
	maxTasks  = 1 << 22
)

// Check reports limits with which no session could work. suffix ends the names of the fields.
func (r Resources) Check(f *fault.Fields, suffix string) {
	for _, x := range []struct {
		name        string
		n           *int64
		least, most int64
		of          string
	}{
		{"max_memory_bytes", r.Memory, MinMemory, maxMemory, "bytes of memory"},
		{"max_cpu_milli", r.CPU, MinCPU, maxCPU, "thousandths of a CPU core"},
		{"max_tasks", r.Tasks, MinTasks, maxTasks, "processes and threads"},
	} {
		if x.n != nil && (*x.n < x.least || *x.n > x.most) {
			f.Add(x.name+suffix, "Enter %d to %d %s (you entered %d).", x.least, x.most, x.of, *x.n)
		}
	}
}

// Or returns the limits, and those of a team where there are none.
func (r Resources) Or(team Resources) Resources {
	for _, x := range []struct {
		own  **int64
		team *int64
	}{{&r.Memory, team.Memory}, {&r.CPU, team.CPU}, {&r.Tasks, team.Tasks}} {
		if *x.own == nil {
			*x.own = x.team
		}
	}
	return r
}
