package db_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/industrial-orchestrator/orchestrator/db"
	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// systems makes the statement types across teams, by area.
var systems = map[string]func(*dbkernel.System) any{
	"kernel":  func(s *dbkernel.System) any { return s },
	"people":  func(s *dbkernel.System) any { return dbpeople.Across(s) },
	"models":  func(s *dbkernel.System) any { return dbmodels.Across(s) },
	"agents":  func(*dbkernel.System) any { return struct{}{} }, // it has none
	"repos":   func(s *dbkernel.System) any { return dbrepos.Across(s) },
	"work":    func(s *dbkernel.System) any { return dbwork.Across(s) },
	"console": func(s *dbkernel.System) any { return dbconsole.Across(s) },
}

// TestEveryMethodAcrossTeamsRuns calls each method of each area across teams, with arguments made up from their types, on a database
// that has rows. It shows that both databases accept the types of the arguments and return rows that can be read; what the methods
// do is for other tests to show. The isolation table does the same inside a team.
func TestEveryMethodAcrossTeamsRuns(t *testing.T) {
	t.Parallel()
	for area := range db.Scopes {
		if systems[area] == nil {
			t.Errorf("the methods of %s across teams are not run: name them in systems", area)
		}
	}
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		w := furnish(t, d, "alpha")
		ran := 0
		for _, area := range slices.Sorted(maps.Keys(systems)) {
			for _, name := range methodsOf(reflect.TypeOf(systems[area](nil))) {
				ran++
				if err := callAcross(t, d, systems[area], name, w); !isAnswer(err) {
					t.Errorf("%s.%s: %v", area, name, err)
				}
			}
		}
		if ran < 100 {
			t.Errorf("only %d methods ran", ran)
		}
	})
}

func TestEverySealedColumnIsReadAndWritten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		w := furnish(t, d, "alpha")
		for _, name := range dbkernel.SealedColumns() {
			table, column, _ := strings.Cut(name, ".")
			err := d.System(t.Context(), func(s *dbkernel.System) error {
				_, err := s.SealedValues(t.Context(), name, dbkernel.SealedValue{}, 10)
				_, err2 := s.Reseal(t.Context(), dbkernel.SealedValue{Tenant: string(w.team.ID), Table: table, Row: "none", Column: column, Value: "x"}, "y")
				return errors.Join(err, err2)
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// notMadeUp are methods whose arguments cannot be made up: the doors of statements, and the sealed columns, which have a test above.
var notMadeUp = append([]string{"AfterCommit", "SealedValues", "Reseal"}, statements...)

func methodsOf(typ reflect.Type) (names []string) {
	for m := range typ.Methods() {
		if isKernel := typ == reflect.TypeFor[*dbkernel.System](); !isPromoted(m) && !(isKernel && slices.Contains(notMadeUp, m.Name)) {
			names = append(names, m.Name)
		}
	}
	return names
}

// callAcross calls a method and leaves its transaction without a commit. It returns the method's error.
func callAcross(t *testing.T, d *dbkernel.DB, on func(*dbkernel.System) any, name string, w world) (err error) {
	t.Helper()
	left := d.System(t.Context(), func(s *dbkernel.System) error {
		m := reflect.ValueOf(on(s)).MethodByName(name)
		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for i := 1; i < m.Type().NumIn(); i++ {
			args = append(args, madeUp(m.Type().In(i), w))
		}
		out := m.Call(args)
		err, _ = out[len(out)-1].Interface().(error)
		return errLeave
	})
	if !errors.Is(left, errLeave) {
		t.Errorf("%s: %v", name, left)
	}
	return err
}

// madeUp is a value of a type: the world's own ids, otherwise what is not zero.
func madeUp(typ reflect.Type, w world) reflect.Value {
	for _, v := range []any{w.team.ID, w.team.Member.ID, w.running.ID, w.repo.ID, w.provider.ID, dbtest.Now, w.team.Tenant, w.team.Member, w.running, tenant.Lead, usage.ByTeam} {
		if reflect.TypeOf(v) == typ {
			return reflect.ValueOf(v)
		}
	}
	v := reflect.New(typ).Elem()
	switch typ.Kind() {
	case reflect.String:
		v.SetString("2026-11")
	case reflect.Int, reflect.Int64:
		v.SetInt(10)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v = reflect.Append(v, madeUp(typ.Elem(), w))
	case reflect.Struct:
		for i := range typ.NumField() {
			if f := typ.Field(i); f.IsExported() && (f.Type.Kind() != reflect.Pointer || f.Type == reflect.TypeFor[*time.Time]()) {
				v.Field(i).Set(madeUp(f.Type, w))
			}
		}
	}
	return v
}

// isAnswer reports whether a method did what it is for, or rejected arguments that were made up: a row that is missing, there
// already, or refers to nothing.
func isAnswer(err error) bool {
	var pg *pgconn.PgError
	switch {
	case err == nil, fault.KindOf(err) != fault.Internal && fault.KindOf(err) != fault.Unavailable:
		return true
	case errors.As(err, &pg):
		return strings.HasPrefix(pg.Code, "23")
	}
	return strings.Contains(err.Error(), "constraint failed")
}
