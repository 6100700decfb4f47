package audit

import (
	"encoding/csv"
	"io"
	"strings"
)

var columns = []string{"id", "at", "person_id", "person", "credential", "verb", "object", "detail", "before", "after", "address", "request", "result"}

// CSV writes entries as comma-separated values that are safe to open in a spreadsheet.
type CSV struct{ w *csv.Writer }

// NewCSV writes the line of column names.
func NewCSV(w io.Writer) (*CSV, error) {
	c := &CSV{csv.NewWriter(w)}
	return c, c.w.Write(columns)
}

// Write writes entries and flushes them.
func (c *CSV) Write(es []Entry) error {
	for _, e := range es {
		row := []string{e.ID, e.At.UTC().Format("2006-01-02T15:04:05.000Z"), string(e.By), e.ByName, e.Via, e.Verb, e.Object, e.Detail, e.Before, e.After,
			e.Peer, e.Request, string(e.Result)}
		for i, cell := range row {
			row[i] = escapeFormula(cell)
		}
		if err := c.w.Write(row); err != nil {
			return err
		}
	}
	c.w.Flush()
	return c.w.Error()
}

// escapeFormula puts an apostrophe in front of text that a spreadsheet would read as a formula.
func escapeFormula(cell string) string {
	if strings.TrimLeft(cell, " \t\r\n") != cell || cell != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
