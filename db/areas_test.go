package db_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/db/migrations"
)

// A throw-away area, to see that no test misses a new one. Its statement does not bind the tenant; its type has a method without a row.
var (
	planted = dbkernel.NewArea("planted", "planted_rows")
	_       = planted.Scoped(`SELECT id FROM sessions WHERE id = $2 AND $1 = $1`)
)

type plantedScope struct{ *dbkernel.Scope }

// Secrets has no row in the isolation table.
func (plantedScope) Secrets() {}

// AfterCommit hides the kernel's method of the same name.
func (plantedScope) AfterCommit(func()) {}

// testAreas are those that only these tests register.
var testAreas = []string{planted.Name, probe.Name}

// registered lists the statements and the clauses of the product.
func registered() []dbkernel.Registered {
	all, clauses := dbkernel.Statements()
	return slices.DeleteFunc(append(all, clauses...), func(q dbkernel.Registered) bool { return slices.Contains(testAreas, q.Area) })
}

// areas are those of the product.
func areas() []*dbkernel.Area {
	return slices.DeleteFunc(dbkernel.Areas(), func(a *dbkernel.Area) bool { return slices.Contains(testAreas, a.Name) })
}

func TestANewAreaIsFoundByEveryNet(t *testing.T) {
	t.Parallel()
	scopes := maps.Clone(db.Scopes)
	scopes[planted.Name] = reflect.TypeFor[plantedScope]()
	if got := slices.Sorted(slices.Values(withoutRow(scopes))); !slices.Equal(got, []string{"planted.AfterCommit", "planted.Secrets"}) {
		t.Errorf("the isolation net finds %v", got)
	}
	all, _ := dbkernel.Statements()
	if got := unboundStatements(t, all, tenantTables(t)); len(got) != 1 || !strings.Contains(got[0], "WHERE id = $2 AND $1 = $1") {
		t.Errorf("the tenancy net finds %v", got)
	}
	want := []string{"planted is not in db.Scopes"}
	if got := unwiredFolders(append(folders(t), planted.Name), db.Scopes); !slices.Equal(got, want) {
		t.Errorf("the net of folders finds %v", got)
	}
	if got := ownershipFaults(dbkernel.Areas(), nil, tables()); !slices.Equal(got, []string{"planted owns planted_rows, which no migration makes"}) {
		t.Errorf("the net of tables finds %v", got)
	}
}

// notAreas are the folders below db that hold no statements of an area: the doors, what tests use, and the schema.
var notAreas = []string{"kernel", "dbtest", "migrations"}

func folders(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "testdata" {
			names = append(names, e.Name())
		}
	}
	return names
}

// unwiredFolders describes the folders that no test would walk.
func unwiredFolders(names []string, scopes map[string]reflect.Type) (faults []string) {
	for _, name := range names {
		if _, wired := scopes[name]; !wired && !slices.Contains(notAreas, name) {
			faults = append(faults, name+" is not in db.Scopes")
		}
	}
	return faults
}

func TestEveryFolderIsAnArea(t *testing.T) {
	t.Parallel()
	names := folders(t)
	for _, fault := range unwiredFolders(names, db.Scopes) {
		t.Error(fault)
	}
	for _, a := range areas() {
		if _, wired := db.Scopes[a.Name]; !slices.Contains(names, a.Name) || !wired && a.Name != "kernel" {
			t.Errorf("the area %s has no folder of its name, or is not in db.Scopes", a.Name)
		}
	}
	for area, typ := range db.Scopes {
		if path.Base(typ.PkgPath()) != area {
			t.Errorf("db.Scopes names %s for the area %s", typ, area)
		}
	}
}

var createTable = regexp.MustCompile(`CREATE TABLE (\w+)`)

// tables are those that the migrations make, the same for both databases.
func tables() (names []string) {
	for _, made := range createTable.FindAllStringSubmatch(migrations.Text(), -1) {
		names = append(names, made[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestATableBelongsToOneArea: only that area's package writes it.
func TestATableBelongsToOneArea(t *testing.T) {
	t.Parallel()
	for _, fault := range ownershipFaults(areas(), registered(), tables()) {
		t.Error(fault)
	}
	for name, c := range map[string]struct {
		areas  []*dbkernel.Area
		writes []dbkernel.Registered
	}{
		"work writes users, which belongs to people":   {areas(), []dbkernel.Registered{{Table: "users", Area: "work"}}},
		"nobody writes users, which belongs to people": {areas(), []dbkernel.Registered{{Table: "users", Area: "nobody"}}},
		"more owns users, which people owns too":       {append(areas(), &dbkernel.Area{Name: "more", Tables: []string{"users"}}), nil},
		"users belongs to no area":                     {without(areas(), "users"), nil},
	} {
		if got := ownershipFaults(c.areas, c.writes, tables()); !slices.Equal(got, []string{name}) {
			t.Errorf("%s: the net finds %v", name, got)
		}
	}
}

// without copies the areas but for one table.
func without(all []*dbkernel.Area, table string) (out []*dbkernel.Area) {
	for _, a := range all {
		out = append(out, &dbkernel.Area{Name: a.Name, Tables: slices.DeleteFunc(slices.Clone(a.Tables), func(t string) bool { return t == table })})
	}
	return out
}

// ownershipFaults describes tables without an owner or with two, and statements that write another area's table.
func ownershipFaults(areas []*dbkernel.Area, statements []dbkernel.Registered, tables []string) (faults []string) {
	owner := map[string]string{}
	for _, a := range areas {
		for _, table := range a.Tables {
			switch {
			case owner[table] != "":
				faults = append(faults, fmt.Sprintf("%s owns %s, which %s owns too", a.Name, table, owner[table]))
			case !slices.Contains(tables, table):
				faults = append(faults, fmt.Sprintf("%s owns %s, which no migration makes", a.Name, table))
			}
			owner[table] = a.Name
		}
	}
	for _, table := range tables {
		if owner[table] == "" {
			faults = append(faults, table+" belongs to no area")
		}
	}
	for _, q := range statements {
		if q.Table != "" && q.Area != owner[q.Table] {
			faults = append(faults, fmt.Sprintf("%s writes %s, which belongs to %s", q.Area, q.Table, owner[q.Table]))
		}
	}
	return faults
}

// registering are the methods of Area that make statements.
var registering = []string{"Scoped", "ScopedLocked", "CrossTenant", "CrossTenantLocked", "Clause", "NameColumn", "PersonTables", "TeamTables",
	"SealedColumn", "SealedInstanceColumn"}

// TestAStatementIsRegisteredByItsPackage: with the variable area of its own folder, which carries the folder's name.
func TestAStatementIsRegisteredByItsPackage(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	for _, name := range sources(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		folder, _ := path.Split(name)
		n, faults := registrations(t, strings.TrimSuffix(folder, "/"), string(b))
		for _, fault := range faults {
			t.Errorf("%s: %s", name, fault)
		}
		found[strings.TrimSuffix(folder, "/")] += n
	}
	for _, a := range areas() {
		if found[a.Name] < 5 {
			t.Errorf("only %d registrations of the area %s were found", found[a.Name], a.Name)
		}
	}
	for text, want := range map[string]string{
		`var area = dbkernel.NewArea("people")`:                   `the area is named "people"`,
		`var mine = dbkernel.NewArea("work")`:                     `the area is not the variable area`,
		`var q = dbkernel.Areas()[1].Scoped("SELECT $1")`:         `Scoped is not called on area`,
		`func init() { other.CrossTenant("reason", "SELECT 1") }`: `CrossTenant is not called on area`,
		`var a = dbkernel.Area{Name: "people"}`:                   `an area is made past NewArea`,
	} {
		if _, got := registrations(t, "work", "package work\n"+text); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: the net finds %q", text, got)
		}
	}
}

// registrations counts the calls in a file that register a statement, and describes those that are made for another area.
func registrations(t *testing.T, folder, source string) (n int, faults []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	report := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ValueSpec:
			for _, v := range node.Values {
				call, isCall := v.(*ast.CallExpr)
				report(isCall && nameOf(call.Fun) == "NewArea" && node.Names[0].Name != "area", "the area is not the variable area")
			}
		case *ast.CompositeLit:
			report(folder != "kernel" && nameOf(node.Type) == "Area", "an area is made past NewArea")
		case *ast.CallExpr:
			name := nameOf(node.Fun)
			if name == "NewArea" {
				lit, _ := node.Args[0].(*ast.BasicLit)
				report(lit == nil || lit.Value != `"`+folder+`"`, "the area is named %s", litValue(lit))
			}
			if call, is := node.Fun.(*ast.SelectorExpr); is && slices.Contains(registering, name) {
				n++
				// The kernel's own methods of an area register for it.
				on := nameOf(call.X)
				report(on != "area" && (folder != "kernel" || on != "a"), "%s is not called on area", name)
			}
		}
		return true
	})
	return n, faults
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func litValue(lit *ast.BasicLit) string {
	if lit == nil {
		return "by no literal"
	}
	return lit.Value
}

var references = regexp.MustCompile(`REFERENCES (\w+)`)

// TestATeamIsPurgedFromTheTopDown: a row is deleted before the row that it refers to.
func TestATeamIsPurgedFromTheTopDown(t *testing.T) {
	t.Parallel()
	order := dbkernel.PurgeOrder()
	found := 0
	for _, made := range strings.Split(migrations.Text(), "CREATE TABLE ")[1:] {
		table, _, _ := strings.Cut(made, " ")
		body, _, _ := strings.Cut(made, ";")
		for _, to := range references.FindAllStringSubmatch(body, -1) {
			at, below := slices.Index(order, table), slices.Index(order, to[1])
			if at < 0 || below < 0 || table == to[1] {
				continue
			}
			if found++; at > below {
				t.Errorf("%s refers to %s, but is purged after it", table, to[1])
			}
		}
	}
	if found < 3 {
		t.Errorf("only %d references were found", found)
	}
}
