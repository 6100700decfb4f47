package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/web"
	"github.com/industrial-orchestrator/orchestrator/web/api"
)

// areas is the one list of areas, the lowest first; an area imports those before it. A new area is one more line here.
var areas = []string{
	"people",
	"models",
	"agents",
	"repos",
	"work",
	"console",
}

// floor is a folder that is cut into areas: a kernel below them, a face above them that only wires. Beside what is listed, an area
// may import its kernel and the areas below it, a face its kernel and all areas. "db/≤" stands for db's kernel and for its
// areas up to the one that imports.
type floor struct {
	dir, kernel, alias          string
	kernelMay, areaMay, faceMay []string
	never                       []string
	why                         string
	face                        reflect.Type // has a field for each area; of db, a map
}

var floors = []floor{
	{dir: "db", kernel: "db/kernel", alias: "db", never: noHTTP, why: "rows become nouns; no rule and no address lives here, and statements import downhill",
		kernelMay: []string{"nouns", "internal/clock", "db/migrations"}, areaMay: []string{"nouns", "internal/id"}},
	{dir: "internal/app", kernel: "internal/app/kernel", alias: "app", never: noHTTPSQL, why: "a verb checks, changes and rings; it knows neither web nor SQL, and calls only verbs and statements of its own area and below",
		kernelMay: []string{"nouns", "db/kernel", "internal/hub", "internal/id", "internal/clock", "internal/secret"},
		areaMay:   []string{"nouns", "db/≤", "internal/hub", "internal/id", "internal/clock", "internal/secret"},
		faceMay:   []string{"nouns", "db/kernel", "internal/hub", "internal/clock", "internal/secret"}, face: reflect.TypeFor[app.App]()},
	{dir: "web", kernel: "web/kit", alias: "web", never: noSQL, why: "a handler calls verbs and answers; it never touches db, and calls only handlers of its own area and below",
		kernelMay: []string{"nouns", "internal/app/…", "internal/hub", "internal/id", "internal/clock", "views/…", "web/places", "web/status"},
		areaMay:   []string{"nouns", "internal/app/…", "internal/hub", "internal/clock", "views/…", "web/status"},
		faceMay:   []string{"nouns", "internal/app", "internal/listener", "static", "views/reference", "web/places", "web/reference"}, face: reflect.TypeFor[web.Server]()},
	{dir: "web/api", kernel: "web/api/kit", alias: "api", never: noSQL, why: "an operation calls verbs and answers in JSON; it never touches db or a view, and calls only operations of its own area and below",
		kernelMay: []string{"nouns", "internal/app/…", "internal/clock", "internal/id", "web/places", "web/status"},
		areaMay:   []string{"nouns", "internal/app/…", "internal/hub"},
		faceMay:   []string{"nouns"}, face: reflect.TypeFor[api.API]()},
}

// floorLayers are the rows of all kernels, areas and faces.
func floorLayers() (rows []layer) {
	for _, f := range floors {
		rows = append(rows, layer{f.kernel, f.kernelMay, f.never, f.why})
		face := append(slices.Clone(f.faceMay), f.kernel)
		for i, area := range areas {
			from := path.Join(f.dir, area)
			face = append(face, from)
			rows = append(rows, layer{from, f.mayOf(from, i), f.never, f.why})
		}
		rows = append(rows, layer{f.dir, face, f.never, f.why})
	}
	return rows
}

// mayOf lists what the area at place i of the list may import.
func (f floor) mayOf(from string, i int) []string {
	may := []string{f.kernel}
	for _, below := range areas[:i] {
		may = append(may, path.Join(f.dir, below))
	}
	for _, pattern := range f.areaMay {
		other, isFloor := strings.CutSuffix(pattern, "/≤")
		if !isFloor {
			may = append(may, pattern)
			continue
		}
		may = append(may, other+"/kernel")
		for _, upTo := range areas[:i+1] {
			may = append(may, path.Join(other, upTo))
		}
	}
	return may
}

// A face that lacks an area leaves its routes, verbs or statements out of every test that walks the face.
func TestEveryFaceHasEveryArea(t *testing.T) {
	t.Parallel()
	packages := modulePackages(t)
	for _, f := range floors {
		var has []string
		for name := range db.Scopes {
			has = append(has, name)
		}
		if f.face != nil {
			has = fieldsOf(f.face)
		}
		report(t, areasMissingFrom(f, has, packages))
	}
}

func fieldsOf(face reflect.Type) (names []string) {
	for i := range face.NumField() {
		names = append(names, strings.ToLower(face.Field(i).Name))
	}
	return names
}

func areasMissingFrom(f floor, has []string, packages map[string][]string) (faults []string) {
	for _, area := range areas {
		if _, exists := packages[path.Join(f.dir, area)]; exists && !slices.Contains(has, area) {
			faults = append(faults, fmt.Sprintf("the face %s does not have the area %s", f.dir, area))
		}
	}
	return faults
}

// Packages of one name on several floors need an alias to be distinguished: floor and area.
func TestAreasAreImportedAsFloorAndArea(t *testing.T) {
	t.Parallel()
	for dir, names := range sourceFiles(t) {
		tests, err := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range append(names, tests...) {
			if name = filepath.Join("../..", dir, filepath.Base(name)); strings.HasSuffix(name, ".go") {
				file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
				if err != nil {
					t.Fatal(err)
				}
				report(t, importsWithoutAlias(name, file))
			}
		}
	}
}

func importsWithoutAlias(name string, file *ast.File) (faults []string) {
	for _, imported := range file.Imports {
		pkg := strings.TrimPrefix(strings.Trim(imported.Path.Value, `"`), module)
		if alias := aliasOf(pkg); alias != "" && (imported.Name == nil || imported.Name.Name != alias && imported.Name.Name != "_") {
			faults = append(faults, fmt.Sprintf("%s imports %s without the alias %s", name, pkg, alias))
		}
	}
	return faults
}

// aliasOf joins floor and package name of a kernel or an area; it is empty for all other packages.
func aliasOf(pkg string) string {
	for _, f := range floors {
		if pkg == f.kernel || path.Dir(pkg) == f.dir && slices.Contains(areas, path.Base(pkg)) {
			return f.alias + path.Base(pkg)
		}
	}
	return ""
}

// A check that finds nothing proves nothing: each of these is planted and must be found.
func TestThePlantedFaultsOfLayersAreFound(t *testing.T) {
	t.Parallel()
	wrongAlias, err := parser.ParseFile(token.NewFileSet(), "x.go", `package x; import "`+module+`db/work"`, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	noScope := areasMissingFrom(floors[0], []string{"people"}, map[string][]string{"db/people": nil, "db/work": nil})
	for what, found := range map[string][]string{
		"a package without a row":            packagesWithoutLayer(map[string][]string{"internal/nowhere": nil}),
		"an area that is not in the list":    packagesWithoutLayer(map[string][]string{"db/tasks": nil}),
		"an area of verbs outside the list":  packagesWithoutLayer(map[string][]string{"internal/app/tasks": nil}),
		"an area of pages outside the list":  packagesWithoutLayer(map[string][]string{"web/tasks": nil}),
		"operations outside the list":        packagesWithoutLayer(map[string][]string{"web/api/tasks": nil}),
		"a row of nothing":                   layersOfNothing(map[string][]string{"db/people": nil}, []layer{{from: "internal/nowhere"}}),
		"statements that import uphill":      forbiddenImports(map[string][]string{"db/people": {module + "db/work"}}),
		"verbs that import uphill":           forbiddenImports(map[string][]string{"internal/app/repos": {module + "internal/app/work"}}),
		"verbs that read a higher area":      forbiddenImports(map[string][]string{"internal/app/people": {module + "db/work"}}),
		"a kernel that imports an area":      forbiddenImports(map[string][]string{"db/kernel": {module + "db/people"}}),
		"pages that import a higher area":    forbiddenImports(map[string][]string{"web/work": {module + "web/console"}}),
		"pages that import db":               forbiddenImports(map[string][]string{"web/work": {module + "db/work"}}),
		"an area that imports its face":      forbiddenImports(map[string][]string{"internal/app/work": {module + "internal/app"}}),
		"a verb that imports net/http":       forbiddenImports(map[string][]string{"internal/app/work": {"net/http"}}),
		"a face without one of its areas":    noScope,
		"an area imported without its alias": importsWithoutAlias("x.go", wrongAlias),
	} {
		if len(found) != 1 && what != "a row of nothing" || len(found) == 0 {
			t.Errorf("%s: found %q", what, found)
		}
	}
}
