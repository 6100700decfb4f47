package agent

// Load is how many of an agent's places are taken, by sessions that wait in the queue with their place and by those that run.
type Load struct {
	Taken int64
	Max   int64
}

// Level is how loaded an agent is.
type Level string

// The levels, from the lowest.
const (
	Idle       Level = "idle"
	Optimal    Level = "optimal"
	High       Level = "high"
	Critical   Level = "critical"
	Overloaded Level = "overloaded"
)

// Level is the level of the share of places that are taken: up to 0.2 idle, 0.7 optimal, 0.9 high, below 1 critical, else overloaded.
func (l Load) Level() Level {
	switch tenths, full := l.Taken*10, l.Max; {
	case l.Taken >= l.Max:
		return Overloaded
	case tenths <= full*2:
		return Idle
	case tenths <= full*7:
		return Optimal
	case tenths <= full*9:
		return High
	}
	return Critical
}

// IsFull reports whether no place is free.
func (l Load) IsFull() bool { return l.Taken >= l.Max }
