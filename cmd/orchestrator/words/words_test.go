// Package words_test holds every text that people see against docs/words.md: templates, scripts, e-mails, and the string literals
// of Go code, which are fault messages, help and doc tags, descriptions of the API, toasts and log messages.
package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

// covered are the folders whose texts are held against the banned forms, each with everything below it.
var covered = []string{
	"views",
	"static/js",
	"cmd/orchestrator",
	"db",
	"internal/app",
	"internal/config",
	"internal/domain",
	"internal/egress",
	"internal/engine",
	"internal/gateway",
	"internal/git",
	"internal/isolation",
	"internal/netguard",
	"internal/oidc",
	"internal/post",
	"internal/runner",
	"internal/sandbox",
	"internal/scriptmodel",
	"internal/secret",
	"internal/texts",
	"web",
}

// text is one piece of wording with its place.
type text struct {
	file string
	line int
	says string
}

func TestNoTextUsesABannedForm(t *testing.T) {
	t.Parallel()
	for _, folder := range covered {
		texts := textsBelow(t, folder)
		if len(texts) == 0 {
			t.Errorf("%s holds no text: the row of a folder that is not there", folder)
		}
		for _, x := range texts {
			for _, b := range bannedIn(x.says) {
				t.Errorf("%s:%d: %q: write %s", x.file, x.line, b.found, b.instead)
			}
		}
	}
}

// The documents follow docs/words.md too, which itself quotes what it bans.
func TestNoDocumentUsesABannedForm(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(root, "*.md"))
	more, err2 := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || err2 != nil || len(paths) < 4 || len(more) < 4 {
		t.Fatalf("%d and %d documents, %v, %v", len(paths), len(more), err, err2)
	}
	for _, path := range append(paths, more...) {
		if filepath.Base(path) == "words.md" {
			continue
		}
		texts, err := linesOf(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range texts {
			for _, b := range bannedIn(x.says) {
				t.Errorf("%s:%d: %q: write %s", x.file, x.line, b.found, b.instead)
			}
		}
	}
}

// Money is formatted in one place, so that an amount looks the same everywhere.
func TestOnlyOneFileFormatsMoney(t *testing.T) {
	t.Parallel()
	for _, folder := range covered {
		for _, x := range textsBelow(t, folder) {
			if strings.HasSuffix(x.file, ".go") && !strings.HasSuffix(x.file, "/money.go") && (x.says == "$" || strings.Contains(x.says, "$%")) {
				t.Errorf("%s:%d formats money itself; call text.Money or text.Price", x.file, x.line)
			}
		}
	}
}

// A check that finds nothing proves nothing: each banned form is found in a text made for it.
func TestEveryBannedFormIsFound(t *testing.T) {
	t.Parallel()
	for _, b := range banned {
		if len(bannedIn(b.example)) == 0 {
			t.Errorf("%q is not found", b.example)
		}
	}
	for _, fine := range []string{"The session paused 5 minutes ago.", "$0.0042", "1 h 20 min", "Use at least 12 characters (you entered 5)."} {
		if found := bannedIn(fine); len(found) > 0 {
			t.Errorf("%q is taken for %q", fine, found[0].found)
		}
	}
}

func textsBelow(t *testing.T, folder string) (all []text) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if d.IsDir() {
			return nil
		}
		found, err := textsOf(path)
		all = append(all, found...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// textsOf reads the texts of one file; of files that hold none it reads nothing.
func textsOf(path string) ([]text, error) {
	switch name := filepath.Base(path); {
	case strings.HasSuffix(name, "_test.go"), strings.HasSuffix(name, "_templ.go"), strings.HasSuffix(name, ".min.js"):
		return nil, nil
	case strings.HasSuffix(name, ".go"):
		return literalsOf(path)
	case strings.HasSuffix(name, ".templ"), strings.HasSuffix(name, ".js"), strings.HasSuffix(name, ".html"):
		return linesOf(path)
	}
	return nil, nil
}

// linesOf reads a template or a script line by line, without its comments and class names.
func linesOf(path string) (all []text, err error) {
	b, err := os.ReadFile(path)
	for i, line := range strings.Split(string(b), "\n") {
		if line = noText.ReplaceAllString(line, ""); strings.TrimSpace(line) != "" {
			all = append(all, text{shortened(path), i + 1, line})
		}
	}
	return all, err
}

var noText = regexp.MustCompile(`(^|\s)//.*$|class="[^"]*"`)

// sql recognizes statements of db and clauses of them: they name columns and arguments, which nobody sees.
var sql = regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|ON CONFLICT|WHERE|VALUES)\b|\$(%d|\d)|[a-z]_[a-z]+, [a-z_]+,`)

// literalsOf reads the string literals of Go code, without the SQL of db, struct tags among them.
func literalsOf(path string) (all []text, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	isOfDB := strings.HasPrefix(shortened(path), "db"+string(filepath.Separator))
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if n.Kind == token.STRING && !(isOfDB && sql.MatchString(n.Value)) {
				all = append(all, text{shortened(path), set.Position(n.Pos()).Line, strings.Trim(n.Value, "\"`")})
			}
		}
		return true
	})
	return all, nil
}

func shortened(path string) string {
	short, err := filepath.Rel(root, path)
	if err != nil {
		return path
	}
	return short
}
