package db

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// stmt is a statement of a Scope, known when the program starts. $1 is always the tenant.
type stmt struct {
	text, table string
	pg          string // what PostgreSQL reads after text; SQLite needs none of it
}

// crossing is a statement of System together with the reason why it crosses tenants.
type crossing struct {
	stmt
	reason string
}

// part is a fixed piece that a filter may append at run time; each ? in it takes the next argument.
type part struct{ text string }

var (
	registered []stmt
	crossings  []crossing
	parts      []part
	// sealed is set by the first Open: from then on no text becomes a statement.
	sealed atomic.Bool
)

// reg makes a statement of a Scope. It panics on a text that could step past the walls or that does not name the tenant.
func reg(text string) stmt {
	s := mustStmt(text)
	if !strings.Contains(text, "$1") {
		panic("db: a scoped statement names the tenant as $1: " + text)
	}
	registered = append(registered, s)
	return s
}

// regLocked is reg with a row lock that only PostgreSQL knows and needs, such as FOR NO KEY UPDATE, which lets foreign keys be checked meanwhile.
func regLocked(text, lock string) stmt {
	s := reg(text)
	s.pg = " " + lock
	return s
}

// across makes a statement of System; reason completes the sentence "crosses tenants because …".
func across(reason, text string) crossing {
	if reason == "" {
		panic("db: say why this crosses tenants: " + text)
	}
	c := crossing{mustStmt(text), reason}
	crossings = append(crossings, c)
	return c
}

// acrossLocked is across with a row lock that only PostgreSQL knows and needs.
func acrossLocked(reason, text, lock string) crossing {
	c := across(reason, text)
	c.pg = " " + lock
	return c
}

// piece makes a part for filters.
func piece(text string) part {
	if sealed.Load() {
		panic("db: pieces are registered before the first Open: " + text)
	}
	if _, err := target("SELECT 1 WHERE 1 = 1 " + text); err != nil {
		panic("db: " + err.Error())
	}
	p := part{text}
	parts = append(parts, p)
	return p
}

func mustStmt(text string) stmt {
	if sealed.Load() {
		panic("db: statements are registered before the first Open: " + text)
	}
	table, err := target(text)
	if err != nil {
		panic("db: " + err.Error())
	}
	return stmt{text: text, table: table}
}

// filter is a statement under construction: its fixed beginning holds the tenant, pieces only narrow or order it.
type filter struct {
	stmt
	args []any
	text strings.Builder
}

// with begins a filter on s; args are those of s itself, from $2 on.
func (s stmt) with(args ...any) *filter {
	f := &filter{stmt: s, args: args}
	f.text.WriteString(s.text)
	return f
}

// and appends p; it must be given as many arguments as p has question marks.
func (f *filter) and(p part, args ...any) *filter {
	if n := strings.Count(p.text, "?"); n != len(args) {
		panic(fmt.Sprintf("db: %q takes %d arguments, not %d", p.text, n, len(args)))
	}
	f.text.WriteByte(' ')
	rest := p.text
	for _, a := range args {
		before, after, _ := strings.Cut(rest, "?")
		f.args = append(f.args, a)
		f.text.WriteString(before)
		f.text.WriteByte('$')
		f.text.WriteString(strconv.Itoa(len(f.args) + 1))
		rest = after
	}
	f.text.WriteString(rest)
	return f
}

// done is the statement with everything appended.
func (f *filter) done() stmt {
	s := f.stmt
	s.text = f.text.String()
	return s
}

// Statements lists what is registered: the text of each scoped statement, of each crossing one with its reason, and the pieces.
func Statements() (scoped []string, crossing map[string]string, pieces []string) {
	crossing = map[string]string{}
	for _, s := range registered {
		scoped = append(scoped, s.text)
	}
	for _, c := range crossings {
		crossing[c.text] = c.reason
	}
	for _, p := range parts {
		pieces = append(pieces, p.text)
	}
	return scoped, crossing, pieces
}
