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

// Group is what the usage of the instance is summed by.
type Group string

// The groups. A person is who created the session that a call was made for.
const (
	ByTeam   Group = "team"
	ByPerson Group = "person"
	ByModel  Group = "model"
	ByDay    Group = "day"
)

// Groups lists the groups in the order people see them.
func Groups() []Group { return []Group{ByTeam, ByPerson, ByModel, ByDay} }

// Range chooses usage: whole UTC days, both ends in it, of one team or (empty) of all.
type Range struct {
	From, To time.Time
	Team     tenant.ID
}

// MostDays is the longest range that is summed at once.
const MostDays = 366

// Check refuses a range that ends before it begins or is longer than MostDays.
func (r Range) Check() error {
	switch days := int(r.To.Sub(r.From).Hours()/24) + 1; {
	case r.To.Before(r.From):
		return fault.Field("to", "The last day, %s, is before the first, %s.", Date(r.To), Date(r.From))
	case days > MostDays:
		return fault.Field("from", "At most %d days are summed at once; these are %d.", MostDays, days)
	}
	return nil
}

// Date writes a time's UTC day as rollups name it: 2026-11-25.
func Date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Row is the usage of one team, person, model or day; Key names it and Name is how people read it.
type Row struct {
	Key, Name string
	Calls     int64
	Counts    Counts
	Cost      int64
}

// Add sums two rows under the name of the first.
func (r Row) Add(o Row) Row {
	r.Calls, r.Counts, r.Cost = r.Calls+o.Calls, r.Counts.Add(o.Counts), r.Cost+o.Cost
	return r
}

// Line is the finest usage that is kept: what one person's sessions used in one team on one day of one model.
type Line struct {
	Date, Team, Person, Email, Model string
	Calls                            int64
	Counts                           Counts
	Cost                             int64
}

// CSV writes lines of usage as comma-separated values.
type CSV struct{ w *csv.Writer }

// NewCSV begins with the line of column names.
func NewCSV(w io.Writer) (*CSV, error) {
	c := &CSV{csv.NewWriter(w)}
	return c, c.w.Write([]string{"day", "team", "person", "email", "model", "calls", "input", "output", "reasoning", "cache_read", "cache_write", "cost_microusd"})
}

// Write adds lines and sends them on.
func (c *CSV) Write(ls []Line) error {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	for _, l := range ls {
		if err := c.w.Write([]string{l.Date, defused(l.Team), defused(l.Person), defused(l.Email), defused(l.Model), n(l.Calls), n(l.Counts.Input),
			n(l.Counts.Output), n(l.Counts.Reasoning), n(l.Counts.CacheRead), n(l.Counts.CacheWrite()), n(l.Cost)}); err != nil {
			return err
		}
	}
	c.w.Flush()
	return c.w.Error()
}

// defused puts an apostrophe before what a spreadsheet would take for a formula.
func defused(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@|%\t\r＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
