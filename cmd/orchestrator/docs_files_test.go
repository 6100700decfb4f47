package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fileIndex is the index at the end of docs/architecture.md: what each package and each file in it is for.
type fileIndex struct {
	head     string
	packages map[string]packageIndex
}

type packageIndex struct {
	about string
	files map[string]string
}

const fileIndexPath = "../../docs/architecture.md"

// packageHeading begins the section of a package; the text before the index has no such heading.
const packageHeading = "\n### `"

// TestEveryFileIsInTheIndex compares docs/architecture.md with the repository. With -update, new and moved files get a row: a moved
// file keeps its description. Write the descriptions that are missing, then run it again.
func TestEveryFileIsInTheIndex(t *testing.T) {
	t.Parallel()
	index, found := readFileIndex(t), sourceFiles(t)
	if *update {
		index = index.updated(t, found)
		if err := os.WriteFile(fileIndexPath, []byte(index.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for dir, names := range found {
		for _, name := range names {
			if about := index.packages[dir].files[name]; about == "" || strings.Contains(about, orElse) {
				t.Errorf("docs/architecture.md does not describe %s/%s: run this test with -update and write the description", dir, name)
			}
		}
	}
	for dir, p := range index.packages {
		for name := range p.files {
			if !slices.Contains(found[dir], name) {
				t.Errorf("docs/architecture.md lists %s/%s, which does not exist", dir, name)
			}
		}
	}
}

// identifier is a code span in a description that can only be a name in the file. What has a dot, a space or a dash is a name of
// something else.
var identifier = regexp.MustCompile("`([A-Za-z_]\\w*)`")

func TestTheIndexNamesWhatIsInTheFile(t *testing.T) {
	t.Parallel()
	for dir, p := range readFileIndex(t).packages {
		for name, about := range p.files {
			text, err := os.ReadFile(filepath.Join("../..", dir, name))
			if err != nil {
				continue // TestEveryFileIsInTheIndex reports it
			}
			for _, m := range identifier.FindAllStringSubmatch(about, -1) {
				if !strings.Contains(string(text), m[1]) {
					t.Errorf("docs/architecture.md says that %s/%s has %s, which is not there", dir, name, m[1])
				}
			}
		}
	}
}

// sourceFiles lists the Go and templ files of every folder, without tests and generated files.
func sourceFiles(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".") && name != ".."):
			if file == "../.." {
				return nil
			}
			return filepath.SkipDir
		case strings.HasSuffix(name, "_test.go"), strings.HasSuffix(name, "_templ.go"):
		case strings.HasSuffix(name, ".go"), strings.HasSuffix(name, ".templ"):
			dir := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(file), "../../"))
			found[dir] = append(found[dir], name)
		}
		return nil
	})
	if err != nil || len(found) < 10 {
		t.Fatalf("%d folders with sources, %v", len(found), err)
	}
	return found
}

func readFileIndex(t *testing.T) fileIndex {
	t.Helper()
	text, err := os.ReadFile(fileIndexPath)
	if err != nil {
		t.Fatal(err)
	}
	head, sections, _ := strings.Cut(string(text), packageHeading)
	index := fileIndex{head: strings.TrimSpace(head), packages: map[string]packageIndex{}}
	for _, section := range strings.Split(sections, packageHeading) {
		title, body, _ := strings.Cut(section, "\n")
		p := packageIndex{files: map[string]string{}}
		for line := range strings.Lines(body) {
			name, about, isRow := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "| `"), "` | ")
			switch {
			case isRow:
				p.files[name] = strings.TrimSpace(strings.TrimSuffix(about, "|"))
			case !strings.HasPrefix(line, "|"):
				p.about = strings.TrimSpace(p.about + " " + strings.TrimSpace(line))
			}
		}
		index.packages[strings.Trim(title, "`")] = p
	}
	return index
}

// updated has a row for every file that exists, and no other.
func (index fileIndex) updated(t *testing.T, found map[string][]string) fileIndex {
	t.Helper()
	fresh := fileIndex{head: index.head, packages: map[string]packageIndex{}}
	for dir, names := range found {
		p := packageIndex{about: index.packages[dir].about, files: map[string]string{}}
		if p.about == "" {
			p.about = packageSynopsis(t, dir)
		}
		for _, name := range names {
			p.files[name] = index.describe(dir, name, found)
		}
		fresh.packages[dir] = p
	}
	return fresh
}

// describe finds the description of a file: its own, or that of a file of this name that was moved within the same floor.
func (index fileIndex) describe(dir, name string, found map[string][]string) string {
	if about := index.packages[dir].files[name]; about != "" {
		return about
	}
	var moved []string
	for _, old := range slices.Sorted(maps.Keys(index.packages)) {
		for was, about := range index.packages[old].files {
			if floorOf(old) == floorOf(dir) && (was == name || was == "system_"+name) && !slices.Contains(found[old], was) {
				moved = append(moved, about)
			}
		}
	}
	return strings.Join(moved, orElse)
}

// orElse stands between descriptions of which one is right: files of the same name were moved.
const orElse = " Or: "

// floorOf is the folder within which files move when a floor is split into areas.
func floorOf(dir string) string {
	for _, floor := range []string{"db/dbtest", "db", "internal/app", "internal/domain", "internal/runner/opencode", "web/api", "web", "views"} {
		if dir == floor || strings.HasPrefix(dir, floor+"/") {
			return floor
		}
	}
	return dir
}

// packageSynopsis is the first sentence of a package's comment.
func packageSynopsis(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil && !ast.IsGenerated(f) {
			return new(doc.Package).Synopsis(f.Doc.Text())
		}
	}
	return ""
}

func (index fileIndex) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", index.head)
	for _, dir := range slices.Sorted(maps.Keys(index.packages)) {
		p := index.packages[dir]
		fmt.Fprintf(&b, packageHeading+"%s`\n\n%s\n\n| File | What it holds |\n|---|---|\n", path.Clean(dir), p.about)
		for _, name := range slices.Sorted(maps.Keys(p.files)) {
			fmt.Fprintf(&b, "| `%s` | %s |\n", name, p.files[name])
		}
	}
	return b.String()
}
