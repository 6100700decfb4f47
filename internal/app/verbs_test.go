package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// verbRight is what a method of App says about who may.
type verbRight struct {
	exported, acts bool // acts: it takes an actor
	names, calls   map[string]bool
}

// Which action each verb asks for is in a file under version control, read from the code itself: through the verbs it calls too.
// A verb that takes an actor and asks for nothing fails; one without an actor is the engine's or a credential's.
func TestVerbByAction(t *testing.T) {
	t.Parallel()
	verbs := readVerbs(t)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(verbs)) {
		v := verbs[name]
		if !v.exported || !v.acts {
			continue
		}
		asks := slices.Sorted(maps.Keys(asked(verbs, name, map[string]bool{})))
		if len(asks) == 0 && name != "Refused" { // writes down that somebody was refused
			t.Errorf("%s takes an actor and asks for no action", name)
		}
		fmt.Fprintf(&b, "%-22s %s\n", name, strings.Join(asks, " "))
	}
	golden(t, "actions.txt", b.String())
}

func readVerbs(t *testing.T) map[string]verbRight {
	t.Helper()
	known := map[string]bool{}
	for _, a := range tenant.Actions() {
		known[string(a)] = true
	}
	entries, err := os.ReadDir(".")
	ok(t, err)
	verbs := map[string]verbRight{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		ok(t, err)
		for _, d := range f.Decls {
			if fn, is := d.(*ast.FuncDecl); is && fn.Body != nil {
				verbs[fn.Name.Name] = readVerb(fn, known)
			}
		}
	}
	return verbs
}

func readVerb(fn *ast.FuncDecl, known map[string]bool) verbRight {
	v := verbRight{exported: fn.Name.IsExported() && fn.Recv != nil, names: map[string]bool{}, calls: map[string]bool{}}
	for _, p := range fn.Type.Params.List {
		if s, is := p.Type.(*ast.SelectorExpr); is && s.Sel.Name == "Actor" {
			v.acts = true
		}
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, is := n.X.(*ast.Ident); is && x.Name == "tenant" && known[snake(n.Sel.Name)] {
				v.names[snake(n.Sel.Name)] = true
			} else if is && x.Name == "a" {
				v.calls[n.Sel.Name] = true
			}
		case *ast.CallExpr:
			if x, is := n.Fun.(*ast.Ident); is && x.Name == "mayOperate" {
				v.names[string(tenant.AdminOnly)] = true
			} else if is {
				v.calls[x.Name] = true
			}
		}
		return true
	})
	return v
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
