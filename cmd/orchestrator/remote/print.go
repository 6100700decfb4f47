package remote

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"golang.org/x/term"
)

// safe makes a text of others harmless on a terminal, in one line: control characters, also those that change the direction of text, are
// written as escapes that can be read, so that nothing is hidden and nothing is lost.
func safe(s string) string { return harmless(s, "") }

// safeLines is safe for a text of several lines.
func safeLines(s string) string { return harmless(s, "\n\t") }

func harmless(s, allowed string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(s, "\r\n", "\n") {
		if isHostile(r) && !strings.ContainsRune(allowed, r) {
			b.WriteString(strings.Trim(fmt.Sprintf("%+q", string(r)), `"`))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isHostile reports whether a terminal may act on a character instead of showing it, or shows the text after it in another order.
func isHostile(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

// printJSON prints a value as the API returns it.
func (s *shell) printJSON(v any) error {
	e := json.NewEncoder(s.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printLine prints a value as JSON in one line.
func (s *shell) printLine(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := s.Out.Write(b.Bytes())
	return err
}

// printTable prints rows under headings. Texts of others are made harmless here.
func (s *shell) printTable(headings []string, rows [][]string) error {
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(headings, "\t"))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = orDash(safe(cell))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

// printFields prints the fields of one thing; those without a value are left out.
func (s *shell) printFields(fields ...string) error {
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i+1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", fields[i], safe(fields[i+1]))
		}
	}
	return w.Flush()
}

// printOr prints JSON if the command line wants it, else what text prints.
func printOr[T any](s *shell, v T, text func(T) error) error {
	if s.json {
		return s.printJSON(v)
	}
	return text(v)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// moment is a time for people, in the zone of this machine.
func moment(t time.Time) string { return t.Local().Format("2 Jan 2006, 15:04") }

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// palette writes text in colours, or without them.
type palette bool

// colours are used on a terminal only, and not if NO_COLOR is set (no-color.org) or the terminal has none.
func (s *shell) colours(out io.Writer) palette {
	return palette(isTerminal(out) && s.Getenv("NO_COLOR") == "" && s.Getenv("TERM") != "dumb")
}

func (p palette) paint(code, text string) string {
	if !p || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p palette) bold(text string) string   { return p.paint("1", text) }
func (p palette) dim(text string) string    { return p.paint("2", text) }
func (p palette) red(text string) string    { return p.paint("31", text) }
func (p palette) green(text string) string  { return p.paint("32", text) }
func (p palette) yellow(text string) string { return p.paint("33", text) }
