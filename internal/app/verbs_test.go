package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// verbRight is what a function of an area shows about its rights.
type verbRight struct {
	exported, acts bool            // acts: it takes an actor
	names          map[string]bool // actions it names
	calls          map[string]bool // area.function that it calls
}

// doors are the methods of the kernel that take an actor and leave the choice of the action to the verb that calls them.
var doors = []string{"kernel.AnswerKey", "kernel.Audit", "kernel.AuditChange", "kernel.ClaimKey", "kernel.Entry", "kernel.Read", "kernel.Refused", "kernel.ReleaseKey", "kernel.Write"}

// The action that each verb checks is in a golden file, read from the code itself, including the verbs that it calls. A verb that has an
// actor and checks no action fails; a verb without an actor is for the engine or for a credential.
func TestVerbByAction(t *testing.T) {
	t.Parallel()
	verbs := readAreas(t, ".")
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(verbs)) {
		v := verbs[name]
		if !v.exported || !v.acts || slices.Contains(doors, name) {
			continue
		}
		asks := slices.Sorted(maps.Keys(asked(verbs, name, map[string]bool{})))
		if len(asks) == 0 {
			t.Errorf("%s has an actor and checks no action", name)
		}
		fmt.Fprintf(&b, "%-30s %s\n", name, strings.Join(asks, " "))
	}
	golden(t, "actions.txt", b.String())
}

// readAreas reads the functions of every area below dir, by area.name.
func readAreas(t *testing.T, dir string) map[string]verbRight {
	t.Helper()
	known := map[string]bool{}
	for _, a := range tenant.Actions() {
		known[string(a)] = true
	}
	verbs := map[string]verbRight{}
	for _, area := range areaFolders(t, dir) {
		files, err := filepath.Glob(filepath.Join(dir, area, "*.go"))
		ok(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			ok(t, err)
			for _, d := range f.Decls {
				if fn, is := d.(*ast.FuncDecl); is && fn.Body != nil {
					verbs[area+"."+fn.Name.Name] = readVerb(area, fn, known)
				}
			}
		}
	}
	return verbs
}

// areaFolders are the folders of a floor that hold an area or the kernel.
func areaFolders(t *testing.T, dir string) (areas []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	ok(t, err)
	for _, e := range entries {
		if e.IsDir() && e.Name() != "testdata" {
			areas = append(areas, e.Name())
		}
	}
	return areas
}

func readVerb(area string, fn *ast.FuncDecl, known map[string]bool) verbRight {
	v := verbRight{exported: fn.Name.IsExported() && fn.Recv != nil, names: map[string]bool{}, calls: map[string]bool{}}
	for _, p := range fn.Type.Params.List {
		if s, is := p.Type.(*ast.SelectorExpr); is && s.Sel.Name == "Actor" && s.X.(*ast.Ident).Name == "tenant" {
			v.acts = true
		}
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			v.selector(area, n, known)
		case *ast.CallExpr:
			if x, is := n.Fun.(*ast.Ident); is {
				v.calls[area+"."+x.Name] = true
			}
		}
		return true
	})
	return v
}

// selector reads an action (tenant.X), a call in the same area (a.x), in another (a.people.X, apppeople.X), or of the kernel (a.k.X).
func (v verbRight) selector(area string, n *ast.SelectorExpr, known map[string]bool) {
	switch x := n.X.(type) {
	case *ast.Ident:
		switch to, other := strings.CutPrefix(x.Name, "app"); {
		case x.Name == "tenant" && known[snake(n.Sel.Name)]:
			v.names[snake(n.Sel.Name)] = true
		case x.Name == "appkernel" && n.Sel.Name == "MayOperate":
			v.names[string(tenant.AdminOnly)] = true
		case x.Name == "a":
			v.calls[area+"."+n.Sel.Name] = true
		case other:
			v.calls[to+"."+n.Sel.Name] = true
		}
	case *ast.SelectorExpr:
		if of, is := x.X.(*ast.Ident); is && of.Name == "a" {
			to := x.Sel.Name
			if to == "k" {
				to = "kernel"
			}
			v.calls[to+"."+n.Sel.Name] = true
		}
	}
}

// asked are the actions that a verb names, itself or through what it calls.
func asked(verbs map[string]verbRight, name string, seen map[string]bool) map[string]bool {
	all := map[string]bool{}
	v, is := verbs[name]
	if !is || seen[name] {
		return all
	}
	seen[name] = true
	maps.Copy(all, v.names)
	for c := range v.calls {
		maps.Copy(all, asked(verbs, c, seen))
	}
	return all
}

// snake writes a constant's name as its value is written.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
