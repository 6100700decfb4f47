package usage

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Group is the dimension by which usage is summed.
type Group string

// The groups. The person of a call is the creator of its session.
const (
	ByTeam   Group = "team"
	ByPerson Group = "person"
	ByModel  Group = "model"
	ByDay    Group = "day"
)

// Groups lists the groups in the order in which pages show them.
func Groups() []Group { return []Group{ByTeam, ByPerson, ByModel, ByDay} }

// Range selects usage: whole UTC days, From and To inclusive, of one team or (empty) of all teams.
type Range struct {
	From, To time.Time
	Team     tenant.ID
}

// MostDays is the longest range for a report.
const MostDays = 366

// Check refuses a range that ends before it starts or is longer than MostDays.
func (r Range) Check() error {
	switch days := int(r.To.Sub(r.From).Hours()/24) + 1; {
	case r.To.Before(r.From):
		return fault.Field("to", "The last day (%s) is before the first day (%s).", Date(r.To), Date(r.From))
	case days > MostDays:
		return fault.Field("from", "Choose at most %d days (you chose %d).", MostDays, days)
	}
	return nil
}

// Date writes the UTC day of a time in the format of rollups: 2026-11-25.
func Date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Row is the usage of one team, person, model or day. Key identifies it; Name is for people.
type Row struct {
	Key, Name string
	Calls     int64
	Counts    Counts
	Cost      int64
}

// Add adds two rows and keeps the name of the first.
func (r Row) Add(o Row) Row {
	r.Calls, r.Counts, r.Cost = r.Calls+o.Calls, r.Counts.Add(o.Counts), r.Cost+o.Cost
	return r
}

// Line is the most detailed usage that is stored: one person, team, day and model.
type Line struct {
	Date, Team, Person, Email, Model string
	Calls                            int64
	Counts                           Counts
	Cost                             int64
}

// CSV writes usage lines as comma-separated values.
type CSV struct{ w *csv.Writer }

// NewCSV writes the line of column names.
func NewCSV(w io.Writer) (*CSV, error) {
	c := &CSV{csv.NewWriter(w)}
	return c, c.w.Write([]string{"day", "team", "person", "email", "model", "calls", "input", "output", "reasoning", "cache_read", "cache_write", "cost_microusd"})
}

// Write writes lines and flushes them.
func (c *CSV) Write(ls []Line) error {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	for _, l := range ls {
		if err := c.w.Write([]string{l.Date, escapeFormula(l.Team), escapeFormula(l.Person), escapeFormula(l.Email), escapeFormula(l.Model), n(l.Calls), n(l.Counts.Input),
			n(l.Counts.Output), n(l.Counts.Reasoning), n(l.Counts.CacheRead), n(l.Counts.CacheWrite()), n(l.Cost)}); err != nil {
			return err
		}
	}
	c.w.Flush()
	return c.w.Error()
}

// escapeFormula puts an apostrophe in front of text that a spreadsheet would read as a formula.
func escapeFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@|%\t\r＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
