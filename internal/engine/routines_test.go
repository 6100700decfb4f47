package engine_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/fake"
)

// A statement that one of the databases refuses fails in its loop, every time, where nobody looks. So each loop runs here on both,
// with something to do.
func TestEveryLoopRunsOnBothDatabases(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T, *clock.Fake) *dbkernel.DB{
		"sqlite":   func(t *testing.T, c *clock.Fake) *dbkernel.DB { return dbtest.Open(t, c) },
		"postgres": func(t *testing.T, c *clock.Fake) *dbkernel.DB { return dbtest.Postgres(t, c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clock.NewFake(dbtest.Now)
			s := newShopOn(t, open(t, c), c, func(context.Context, fake.Turn) (runner.Outcome, error) { return done, nil })
			s.opts.ToolCaches, s.opts.Merges = &toolCaches{}, newRemote()
			s.opts.Deliver = func(context.Context, letter.Letter) error { return nil }
			if _, err := s.app.Repos.CreateRepository(t.Context(), s.by, repository.Repository{Name: "tools", URL: "https://example.org/tools.git", DefaultBranch: "main"}, ""); err != nil {
				t.Fatal(err)
			}
			e := engine.New(s.opts)
			id := s.start()
			var ran []string
			for _, r := range engine.Routines(e) {
				if err := r.Pass(t.Context()); err != nil {
					t.Errorf("%s: %v", r.Name, err)
				}
				ran = append(ran, r.Name)
			}
			s.becomes(id, session.Completed)
			if err := e.Stop(context.Background()); err != nil {
				t.Error(err)
			}
			slices.Sort(ran)
			if known := slices.Sorted(maps.Keys(engine.Does)); !slices.Equal(ran, known) {
				t.Errorf("the loops %q ran, those of the operator's page are %q", ran, known)
			}
		})
	}
}

// A loop that is started past the list would escape the test above.
func TestLoopsStartFromTheListOnly(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls, set := 0, token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(set, name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, is := n.(*ast.CallExpr); is {
				if sel, is := call.Fun.(*ast.SelectorExpr); is && sel.Sel.Name == "loop" {
					calls++
				}
			}
			return true
		})
	}
	if calls != 1 {
		t.Errorf("loops are started in %d places: list them in routines", calls)
	}
}
