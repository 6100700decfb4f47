package agent

// MaxPage is the most agents of one page of a list.
const MaxPage = 100

// Filter selects a page of a team's agents by name. Empty fields select all; the page starts after the name After.
type Filter struct {
	Query      string
	Type       Type
	Capability Capability
	Status     Status
	After      string
	Limit      int
}

// Day is what ended on one UTC day.
type Day struct {
	Date    string // 2026-12-01
	Ends    int64
	Success int64 // in thousandths, summed
}

// Totals are the figures of all agents of a team together.
type Totals struct {
	Agents, Limit int64
	Taken, Places int64
	Routable      int64 // active, with a closed circuit and a free place
	Ends, Success int64 // of the last ends of each agent, Success in thousandths
}
