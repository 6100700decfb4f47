package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func newBareServer() *Server { return New(webkit.Options{App: app.New(app.Options{Hub: hub.New()})}) }

// area is a field of a server that holds pages.
type area struct {
	field string
	pages reflect.Type
}

func areasOf(server any) (all []area) {
	s := reflect.TypeOf(server).Elem()
	for i := range s.NumField() {
		if t := s.Field(i).Type; t.Kind() == reflect.Pointer && t.Elem().Name() == "Pages" {
			all = append(all, area{s.Field(i).Name, t})
		}
	}
	return all
}

// handlers are the methods of an area that are handlers or return one, such as "people.ShowAccount".
func (a area) handlers() (names []string) {
	handler, pages := reflect.TypeFor[func(*fiber.Ctx) error](), reflect.New(a.pages.Elem())
	for i := range a.pages.NumMethod() {
		bound := pages.Method(i).Type()
		if bound.ConvertibleTo(handler) || bound.NumOut() == 1 && bound.Out(0).ConvertibleTo(handler) {
			names = append(names, a.field+"."+a.pages.Method(i).Name)
		}
	}
	return names
}

func (a area) withoutRoute(routed map[string]bool) []string {
	return slices.DeleteFunc(a.handlers(), func(name string) bool { return routed[name] })
}

// routedHandlers are the handlers that routes.go passes to get, post and handle, such as "people.ShowAccount" of s.people.ShowAccount.
func routedHandlers(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, file := range []string{"routes.go", "policy.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && slices.Contains([]string{"get", "post", "handle", "git", "Add"}, nameOf(call.Fun)) {
				h := call.Args[len(call.Args)-1]
				if made, ok := h.(*ast.CallExpr); ok {
					h = made.Fun
				}
				if sel, ok := h.(*ast.SelectorExpr); ok {
					names[nameOf(sel.X)+"."+sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	return names
}

// Pages stands for an area with a handler that nobody put into the list of routes.
type Pages struct{}

func (*Pages) ShowPlanted(*fiber.Ctx) error   { return nil }
func (*Pages) MovePlanted(bool) fiber.Handler { return nil }
func (*Pages) NoHandler() error               { return nil }

// A handler that is in no route is dead, or its line in routes.go was forgotten.
func TestEveryHandlerOfEveryAreaHasARoute(t *testing.T) {
	t.Parallel()
	routed := routedHandlers(t)
	for _, a := range areasOf(newBareServer()) {
		if len(a.handlers()) < 3 {
			t.Errorf("found only the handlers %v of %s", a.handlers(), a.field)
		}
		for _, name := range a.withoutRoute(routed) {
			t.Errorf("%s is in no route: add a line to routes.go", name)
		}
	}
	planted := areasOf(&struct{ planted *Pages }{})
	if len(planted) != 1 {
		t.Fatal("a planted area is not found")
	}
	if got, want := planted[0].withoutRoute(routed), []string{"planted.MovePlanted", "planted.ShowPlanted"}; !slices.Equal(got, want) {
		t.Errorf("of a planted area %v is found, want %v", got, want)
	}
}

// packagesWithPages are the packages of a module below a folder that have a type Pages, by their paths.
func packagesWithPages(t *testing.T, folder, module string) (paths []string) {
	t.Helper()
	walkSources(t, folder, func(path string, f *ast.File) {
		for name := range f.Scope.Objects {
			if name == "Pages" {
				paths = append(paths, module+"/"+filepath.ToSlash(filepath.Dir(path)))
			}
		}
	})
	return paths
}

// walkSources parses every file of Go below a folder but tests and web/api, which has its own list of operations.
func walkSources(t *testing.T, folder string, visit func(path string, f *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && path == "api" {
			return errOrSkip(err)
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err == nil {
			visit(path, f)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func errOrSkip(err error) error {
	if err != nil {
		return err
	}
	return filepath.SkipDir
}

// A package with pages that the server does not hold would be served by nobody, and no other test would look at it.
func TestTheServerHoldsEveryAreaOfPages(t *testing.T) {
	t.Parallel()
	const module = "github.com/industrial-orchestrator/orchestrator/web"
	var held []string
	for _, a := range areasOf(newBareServer()) {
		held = append(held, a.pages.Elem().PkgPath())
	}
	found := packagesWithPages(t, ".", module)
	for _, path := range found {
		if !slices.Contains(held, path) {
			t.Errorf("%s has pages and is no field of Server", path)
		}
	}
	if len(found) != len(held) || len(found) < 5 {
		t.Errorf("found %v, the server holds %v", found, held)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pages.go"), []byte("package planted\n\ntype Pages struct{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := packagesWithPages(t, dir, module); len(found) != 1 {
		t.Errorf("a planted area is not found: %v", found)
	}
}

// doors are the ways to a router, each with the one file that may use it. Areas get a kit, which has none.
var doors = map[string][]string{
	"fiber.New":    {"server.go", "metrics.go"},
	"fiber.App":    {"server.go", "metrics.go"},
	"fiber.Router": {"kit/kit.go"}, // what web/api is mounted on
	"Fiber.Add":    {"policy.go"},
	"Fiber.Use":    {"routes.go"},
	"Fiber.Group":  {"routes.go"},
	"Fiber.Server": {"limits.go"},
}

// otherDoors are the ways to a router in a file that may not use them.
func otherDoors(path string, f *ast.File) (found []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name := nameOf(s.X) + "." + s.Sel.Name
		files, isDoor := doors[name]
		if isDoor = isDoor || strings.HasPrefix(name, "Fiber.") || strings.HasPrefix(name, "App().") && name != "App().ErrorHandler"; isDoor && !slices.Contains(files, filepath.ToSlash(path)) {
			found = append(found, name)
		}
		return true
	})
	return found
}

// nameOf is the last name of what a selector selects from: Fiber of s.Fiber, App() of c.App().
func nameOf(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.CallExpr:
		return nameOf(x.Fun) + "()"
	}
	return ""
}

// handle is the only door to a handler, so that no area can be reached without an action.
func TestHandleIsTheOnlyDoor(t *testing.T) {
	t.Parallel()
	walkSources(t, ".", func(path string, f *ast.File) {
		for _, door := range otherDoors(path, f) {
			t.Errorf("%s uses %s: register routes with handle", path, door)
		}
	})
	planted, err := parser.ParseFile(token.NewFileSet(), "planted.go", `package work
		func plant(s *Server, c *fiber.Ctx, a *fiber.App) { s.Fiber.Get("/x", nil); c.App().Get("/x", nil) }`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := otherDoors("work/planted.go", planted), []string{"fiber.App", "Fiber.Get", "App().Get"}; !slices.Equal(got, want) {
		t.Errorf("planted doors: found %v, want %v", got, want)
	}
}
