package kernel

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// Stmt is a registered statement of a Scope. Its $1 is always the tenant.
type Stmt struct {
	text, table, area string
	lock              string // the row lock that PostgreSQL reads after text; SQLite needs none
}

// CrossTenantStmt is a registered statement of System, with the reason why it crosses tenants.
type CrossTenantStmt struct {
	Stmt
	reason string
}

// Clause is fixed SQL that a Filter may append at run time; each ? in it stands for the next argument.
type Clause struct{ text, area string }

var (
	registered []Stmt
	crossings  []CrossTenantStmt
	clauses    []Clause
	// sealed is set by the first Open. No text becomes a statement after that.
	sealed atomic.Bool
)

// Filter is a statement with clauses appended at run time. Its fixed beginning binds the tenant; clauses only narrow or order it.
type Filter struct {
	Stmt
	args []any
	text strings.Builder
}

// With begins a filter on s. args are the arguments of s itself, starting at $2.
func (s Stmt) With(args ...any) *Filter {
	f := &Filter{Stmt: s, args: args}
	f.text.WriteString(s.text)
	return f
}

// And appends c and returns f. It panics unless there is one argument for each question mark of c.
func (f *Filter) And(c Clause, args ...any) *Filter {
	if n := strings.Count(c.text, "?"); n != len(args) {
		panic(fmt.Sprintf("db: the clause %q needs %d arguments, not %d", c.text, n, len(args)))
	}
	f.text.WriteByte(' ')
	rest := c.text
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

// Done returns the statement with everything appended.
func (f *Filter) Done() Stmt {
	s := f.Stmt
	s.text = f.text.String()
	return s
}

// Registered is one registered text, for the tests that walk them all. Reason is empty in a team's scope; Lock is what PostgreSQL
// reads after Text.
type Registered struct{ Text, Lock, Table, Area, Reason string }

// Statements lists every registered statement, and every clause by its text and its area.
func Statements() (all, appended []Registered) {
	for _, s := range registered {
		all = append(all, Registered{Text: s.text, Lock: s.lock, Table: s.table, Area: s.area})
	}
	for _, c := range crossings {
		all = append(all, Registered{c.text, c.lock, c.table, c.area, c.reason})
	}
	for _, c := range clauses {
		appended = append(appended, Registered{Text: c.text, Area: c.area})
	}
	return all, appended
}
