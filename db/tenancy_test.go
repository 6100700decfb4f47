package db_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/db/migrations"
)

// tenantTablesIn are the tables with a tenant_id, read from the migrations: a new one is covered as soon as it exists.
func tenantTablesIn(schema string) (out []string) {
	for _, made := range strings.Split(schema, "CREATE TABLE ")[1:] {
		name, body, _ := strings.Cut(made, " ")
		if body, _, _ = strings.Cut(body, ";"); strings.HasPrefix(strings.TrimLeft(body, "( \n"), "tenant_id ") {
			out = append(out, name)
		}
	}
	return out
}

func tenantTables(t *testing.T) []string {
	t.Helper()
	out := tenantTablesIn(migrations.Text())
	for _, made := range strings.Split(migrations.Text(), "CREATE TABLE ")[1:] {
		name, body, _ := strings.Cut(made, " ")
		if body, _, _ = strings.Cut(body, ";"); !slices.Contains(out, name) && strings.Contains(body, "tenant_id") {
			t.Errorf("table %s: tenant_id does not come first", name)
		}
	}
	if len(out) < 20 {
		t.Fatalf("only %d tables were found: %v", len(out), out)
	}
	return out
}

func TestEveryKeyBeginsWithTheTenant(t *testing.T) {
	t.Parallel()
	is := tenantTables(t)
	key := regexp.MustCompile(`(?:PRIMARY KEY|UNIQUE|FOREIGN KEY) \(([a-z_, ]+)\)`)
	index := regexp.MustCompile(`CREATE UNIQUE INDEX \w+ ON (\w+) \(([a-z_, ]+)\)`)
	reference := regexp.MustCompile(`FOREIGN KEY \(([a-z_, ]+)\) REFERENCES (\w+)|(\w+) TEXT[A-Z ]* REFERENCES (\w+)`)
	for _, made := range strings.Split(migrations.Text(), "CREATE TABLE ")[1:] {
		name, _, _ := strings.Cut(made, " ")
		body, _, _ := strings.Cut(made, ";")
		if !slices.Contains(is, name) {
			continue
		}
		if strings.Contains(body, "UNIQUE") {
			t.Errorf("%s has a UNIQUE of its own: make it an index that begins with tenant_id", name)
		}
		for _, k := range key.FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(k[1], "tenant_id") && k[0] != "FOREIGN KEY (user_id)" {
				t.Errorf("%s: %s does not begin with tenant_id", name, k[0])
			}
		}
		for _, r := range reference.FindAllStringSubmatch(body, -1) {
			if slices.Contains(is, r[2]+r[4]) && !strings.HasPrefix(r[1], "tenant_id, ") {
				t.Errorf("%s: %s may point into another tenant", name, r[0])
			}
		}
	}
	for _, k := range index.FindAllStringSubmatch(migrations.Text(), -1) {
		if slices.Contains(is, k[1]) && !strings.HasPrefix(k[2], "tenant_id, ") {
			t.Errorf("%s is unique across tenants", k[0])
		}
	}
}

// TestEveryStatementBindsTheTenant is the first net: in every statement of a Scope each tenant table it touches is bound to $1.
func TestEveryStatementBindsTheTenant(t *testing.T) {
	t.Parallel()
	is := tenantTables(t)
	for _, fault := range unboundStatements(t, registered(), is) {
		t.Error(fault)
	}
	for bad, want := range map[string]int{
		`SELECT id FROM sessions WHERE id = $2 AND $1 = $1`:                                                                        1,
		`SELECT s.id FROM sessions s, asks a WHERE s.tenant_id = $1`:                                                               1,
		`SELECT s.id FROM sessions s JOIN asks a ON a.tenant_id = s.tenant_id WHERE a.id = $2`:                                     2,
		`SELECT s.id FROM sessions s WHERE s.tenant_id = $1 AND EXISTS (SELECT 1 FROM asks WHERE id = $2)`:                         1,
		`UPDATE main.sessions SET title = $1 WHERE id = $2`:                                                                        1,
		`INSERT INTO main.asks (id, tenant_id) VALUES ($1, $2)`:                                                                    1,
		`INSERT INTO main.asks (tenant_id, id) VALUES ($2, $1)`:                                                                    1,
		`DELETE FROM main.asks WHERE tenant_id = $2`:                                                                               1,
		`DELETE FROM main.asks WHERE tenant_id = $1 AND id IN (SELECT id FROM asks WHERE tenant_id = $1)`:                          0,
		`SELECT s.id FROM sessions s JOIN asks a ON a.tenant_id = s.tenant_id WHERE s.tenant_id = $1`:                              0,
		`INSERT INTO main.asks (tenant_id, id) VALUES ($1, $2), ($1, $3) ON CONFLICT (tenant_id, id) DO UPDATE SET id = asks.id`:   0,
		`INSERT INTO main.asks (tenant_id, id) VALUES ($1, $2), ($3, $1) ON CONFLICT (tenant_id, id) DO UPDATE SET id = asks.id`:   1,
		`SELECT 1 FROM asks a WHERE a.tenant_id = $1 AND EXISTS (SELECT 1 FROM asks a WHERE a.id = $2)`:                            1,
		`SELECT 1 FROM asks a WHERE a.tenant_id = $10`:                                                                             1,
		`SELECT 1 FROM asks a LEFT JOIN sessions s ON s.id = a.session_id AND s.tenant_id = a.tenant_id WHERE a.tenant_id IN ($1)`: 2,
	} {
		if got := unbound(t, bad, is); len(got) != want {
			t.Errorf("the net finds %v unbound in: %s", got, bad)
		}
	}
}

// unboundStatements describes the statements that reach rows of a team without $1, and those that give no reason for crossing teams.
func unboundStatements(t *testing.T, all []dbkernel.Registered, is []string) (faults []string) {
	t.Helper()
	for _, q := range all {
		if q.Reason != "" {
			if len(strings.Fields(q.Reason)) < 4 {
				faults = append(faults, fmt.Sprintf("%q is no reason for crossing tenants: %s", q.Reason, q.Text))
			}
			continue
		}
		for _, name := range unbound(t, q.Text, is) {
			faults = append(faults, fmt.Sprintf("%s is not bound to the tenant in: %s", name, q.Text))
		}
	}
	return faults
}

// unbound names the tenant tables of a statement that neither $1 nor a bound table's tenant_id holds.
func unbound(t *testing.T, text string, is []string) (out []string) {
	t.Helper()
	toks, err := dbkernel.Tokens(strings.ReplaceAll(text, "?", "$9"))
	if err != nil {
		t.Fatal(err)
	}
	at := func(i int) string {
		if i < 0 || i >= len(toks) {
			return ""
		}
		return toks[i]
	}
	refs := map[string]int{}
	for i, w := range toks {
		if !slices.Contains(is, w) || at(i+1) == "." {
			continue
		}
		if at(i-3) == "into" {
			if !insertsOwn(toks[i+1:]) {
				out = append(out, w)
			}
			continue
		}
		if alias := at(i + 1); regexp.MustCompile(`^[a-z]{1,2}$`).MatchString(alias) && alias != "on" {
			refs[alias]++
		} else {
			refs[""]++
		}
	}
	held := map[string]int{} // by alias: how often $1 or a held alias binds it
	for again := true; again; {
		again = false
		for i, w := range toks {
			if w != "tenant_id" || at(i+1) != "=" {
				continue
			}
			left, right := "", at(i+2)
			if at(i-1) == "." {
				left = at(i - 2)
			}
			switch {
			case right == "$1":
				held[left]++
				again = true
			case at(i+3) == "." && at(i+4) == "tenant_id" && held[right] > 0:
				held[left]++
				again = true
			case at(i+3) == "." && at(i+4) == "tenant_id" && held[left] > 0:
				held[right]++
				again = true
			default:
				continue
			}
			toks[i+1] = "bound" // each condition counts once
		}
	}
	for alias, n := range refs {
		for range n - held[alias] {
			out = append(out, "a table known as "+strconv.Quote(alias))
		}
	}
	return out
}

// insertsOwn reports whether an INSERT's columns begin with tenant_id and each of its rows with $1.
func insertsOwn(toks []string) bool {
	if len(toks) < 2 || toks[1] != "tenant_id" {
		return false
	}
	i := slices.Index(toks, "values")
	for i >= 0 && i+2 < len(toks) {
		if toks[i+1] != "(" || toks[i+2] != "$1" {
			return false
		}
		for depth := 0; i+1 < len(toks); {
			i++
			if toks[i] == "(" {
				depth++
			} else if toks[i] == ")" {
				if depth--; depth == 0 {
					break
				}
			}
		}
		if i++; i >= len(toks) || toks[i] != "," {
			return true
		}
	}
	return false
}

// TestNoStatementIsHidden: a text of the query layer that touches a tenant table is a statement, or a part of one, that the area of
// its folder registered.
func TestNoStatementIsHidden(t *testing.T) {
	t.Parallel()
	all := map[string]string{} // the texts that an area registered, by area
	for _, q := range registered() {
		all[q.Area] += "\n" + q.Text
	}
	touches := regexp.MustCompile(`(?i)\b(?:from|join|into|update|,)\s+(?:main\.)?(?:` + strings.Join(tenantTables(t), "|") + `)\b`)
	found := 0
	for _, name := range sources(t) {
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, _ := strconv.Unquote(lit.Value)
			if touches.MatchString(text) {
				found++
				if area := filepath.Dir(name); !strings.Contains(all[area], text) {
					t.Errorf("%s: not a registered statement of the area %s: %s", name, area, text)
				}
			}
			return true
		})
	}
	if found < 100 {
		t.Errorf("only %d statements were found", found)
	}
}

// sources are the files of the query layer, without tests and what tests use.
func sources(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, e fs.DirEntry, err error) error {
		if e != nil && e.IsDir() && e.Name() == "dbtest" {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Every column with a person's name next to the person's id is registered for erasure.
func TestErasingKnowsEveryName(t *testing.T) {
	t.Parallel()
	// The audit logs have no person's name, host keys have a statement of their own, and entrances stay like the log of a team.
	known, own := []string{"audit.actor_name", "instance_audit.actor_name", "repository_host_keys.accepted_by_name"}, append([]string{"entrances"}, dbkernel.PersonTables()...)
	for _, c := range dbkernel.NameColumns() {
		known = append(known, c.Table+"."+c.Name)
	}
	column := regexp.MustCompile(`(\w+_name) TEXT`)
	for _, made := range strings.Split(migrations.Text(), "CREATE TABLE ")[1:] {
		table, _, _ := strings.Cut(made, " ")
		body, _, _ := strings.Cut(made, ";")
		if regexp.MustCompile(`user_id TEXT[A-Z ]* REFERENCES users`).MatchString(body) && !slices.Contains(own, table) {
			t.Errorf("%s holds rows of one person: register it with PersonTables in its area, or list it here with the reason why they stay", table)
		}
		for _, c := range column.FindAllStringSubmatch(body, -1) {
			if name := table + "." + c[1]; !slices.Contains(known, name) {
				t.Errorf("%s holds names: register it with NameColumn in its area, or an erased person's name stays in it", name)
			}
		}
	}
}
