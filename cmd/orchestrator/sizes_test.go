package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What a reader can hold in mind. A package at its limit is cut into two, not given a higher one.
const (
	filesOfPackage    = 40
	linesOfFile       = 350
	medianLinesOfFile = 110
	medianLinesOfFunc = 10
)

// sizes are the lengths of what people wrote: Go without tests and generated files.
type sizes struct {
	files     map[string]int            // by package
	lines     map[string]map[string]int // by package and file
	functions map[string][]int          // by package; the lines of a body with its braces
}

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	t.Parallel()
	report(t, tooLarge(measureSizes(t)))
}

func measureSizes(t *testing.T) sizes {
	t.Helper()
	s := sizes{map[string]int{}, map[string]map[string]int{}, map[string][]int{}}
	for dir, names := range sourceFiles(t) {
		for _, name := range names {
			if strings.HasSuffix(name, ".go") {
				s.measure(t, dir, name)
			}
		}
	}
	return s
}

func (s sizes) measure(t *testing.T, dir, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", dir, name))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if s.lines[dir] == nil {
		s.lines[dir] = map[string]int{}
	}
	s.files[dir]++
	s.lines[dir][name] = strings.Count(string(text), "\n")
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			s.functions[dir] = append(s.functions[dir], set.Position(f.End()).Line-set.Position(f.Pos()).Line+1)
		}
	}
}

func tooLarge(s sizes) (faults []string) {
	var lines, functions []int
	for dir, count := range s.files {
		if count > filesOfPackage {
			faults = append(faults, fmt.Sprintf("%s has %d files; at most %d: cut it into packages", dir, count, filesOfPackage))
		}
		for name, n := range s.lines[dir] {
			if n > linesOfFile {
				faults = append(faults, fmt.Sprintf("%s has %d lines; at most %d: cut it", path.Join(dir, name), n, linesOfFile))
			}
			lines = append(lines, n)
		}
		functions = append(functions, s.functions[dir]...)
	}
	if m := median(lines); m > medianLinesOfFile {
		faults = append(faults, fmt.Sprintf("the median file has %d lines; at most %d", m, medianLinesOfFile))
	}
	if m := median(functions); m > medianLinesOfFunc {
		faults = append(faults, fmt.Sprintf("the median function has %d lines; at most %d", m, medianLinesOfFunc))
	}
	return faults
}

func median(all []int) int {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func TestThePlantedSizesAreFound(t *testing.T) {
	t.Parallel()
	small := sizes{map[string]int{"a": 1}, map[string]map[string]int{"a": {"b.go": 90}}, map[string][]int{"a": {5, 90}}}
	small.functions["a"] = []int{5, 6, 90}
	if found := tooLarge(small); len(found) != 0 {
		t.Errorf("what is small: %q", found)
	}
	large := sizes{map[string]int{"a": 41}, map[string]map[string]int{"a": {"b.go": 351}}, map[string][]int{"a": {11, 12}}}
	if found := tooLarge(large); len(found) != 4 {
		t.Errorf("a package, a file and two medians are too large: %q", found)
	}
}
