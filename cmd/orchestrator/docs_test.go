package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan     = regexp.MustCompile("`([^`\n]+)`")
	headingLine  = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	fencedBlock  = regexp.MustCompile("(?ms)^```.*?^```$")
	notInAnchor  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	sourcePath   = regexp.MustCompile(`^(\.ci|bench|cmd|db|docs|e2e|internal|static|views|web)/[\w./-]+\.\w+$`)
	testSpan     = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w+$`)
)

// papers are the documents of the repository by their path from its root.
func papers(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		paths, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			found[strings.TrimPrefix(filepath.ToSlash(p), "../../")] = string(text)
		}
	}
	if len(found) < 3 {
		t.Fatalf("only %d documents were found", len(found))
	}
	return found
}

func TestLinksBetweenDocumentsHold(t *testing.T) {
	t.Parallel()
	all := papers(t)
	for paper, text := range all {
		for _, m := range markdownLink.FindAllStringSubmatch(fencedBlock.ReplaceAllString(text, ""), -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, ":") { // another site
				continue
			}
			target := paper
			if to != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(paper), to))
			}
			if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", paper, m[1])
			}
			if anchor != "" && !anchorsOf(all[target])[anchor] {
				t.Errorf("%s links to %s, but %s has no such heading", paper, m[1], target)
			}
		}
	}
}

// anchorsOf lists the anchors that hosts make of a document's headings.
func anchorsOf(text string) map[string]bool {
	anchors := map[string]bool{}
	for _, m := range headingLine.FindAllStringSubmatch(fencedBlock.ReplaceAllString(text, ""), -1) {
		plain := notInAnchor.ReplaceAllString(strings.ToLower(m[1]), "")
		anchors[strings.ReplaceAll(plain, " ", "-")] = true
	}
	return anchors
}

func TestDocumentsNameFilesAndTestsThatExist(t *testing.T) {
	t.Parallel()
	tests := testNames(t)
	for paper, text := range papers(t) {
		text, _, _ = strings.Cut(text, packageHeading) // the index has a test of its own
		for _, m := range codeSpan.FindAllStringSubmatch(fencedBlock.ReplaceAllString(text, ""), -1) {
			switch name := m[1]; {
			case sourcePath.MatchString(name):
				if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
					t.Errorf("%s names %s, which does not exist", paper, name)
				}
			case testSpan.MatchString(name) && !tests[name]:
				t.Errorf("%s names the test %s, which does not exist", paper, name)
			}
		}
	}
}

func TestTheAPIDocumentListsEveryOperation(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("../../web/api/testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			Role string `json:"x-role"`
		}
		OtherNames []struct{ In, Name string } `json:"x-other-names"`
	}
	if err := json.Unmarshal(golden, &document); err != nil || len(document.Paths) < 10 {
		t.Fatalf("%d paths, %v", len(document.Paths), err)
	}
	text := papers(t)["docs/api.md"]
	for path, operations := range document.Paths {
		for method, op := range operations {
			if row := "| `" + strings.ToUpper(method) + " " + path + "` | " + op.Role; !strings.Contains(text, row) {
				t.Errorf("docs/api.md does not list %s %s with the role %s", strings.ToUpper(method), path, op.Role)
			}
		}
	}
	for _, n := range document.OtherNames {
		if name, _, _ := strings.Cut(n.Name, ":"); !strings.Contains(text, n.In+" of ") || !strings.Contains(text, "| `"+name+"`") {
			t.Errorf("docs/api.md does not list the other name %s", n.Name)
		}
	}
}
