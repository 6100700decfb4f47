package static_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/static"
)

func TestAssetsKeepTheirNamesForever(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"app.css", "js/htmx.min.js", "js/hx-sse.min.js", "js/app.js", "fonts/inter-latin-wght-normal.woff2"} {
		p := static.Path(name)
		a, ok := static.Lookup(strings.TrimPrefix(p, static.Prefix))
		if !ok || !a.Forever || a.Type == "" || a.ETag == "" || len(a.Body) == 0 {
			t.Errorf("%s at %s: found %v, forever %v, type %q", name, p, ok, a.Forever, a.Type)
		}
		if plain, ok := static.Lookup(name); !ok || plain.Forever {
			t.Errorf("%s by its plain name must be found and not be kept for ever", name)
		}
		if a.Gzip != nil {
			sameUnzipped(t, name, a)
		}
	}
	if _, ok := static.Lookup("../static.go"); ok {
		t.Error("a file outside was found")
	}
}

func sameUnzipped(t *testing.T, name string, a static.Asset) {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(a.Gzip))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, a.Body) {
		t.Errorf("%s: the compressed body differs (%v)", name, err)
	}
}

func TestStylesheetNamesOnlyItsOwnFonts(t *testing.T) {
	t.Parallel()
	a, _ := static.Lookup("app.css")
	urls := regexp.MustCompile(`url\(([^)]*)\)`).FindAllSubmatch(a.Body, -1)
	if len(urls) == 0 {
		t.Fatal("the stylesheet names no font")
	}
	for _, u := range urls {
		if _, ok := static.Lookup(strings.TrimPrefix(string(u[1]), static.Prefix)); !ok {
			t.Errorf("%s is not an asset", u[1])
		}
	}
}

// The light values stand twice: for the chosen theme and for the system's choice without one.
func TestBothCopiesOfTheLightValuesAreEqual(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	css := string(b)
	chosen := values(between(t, css, ":root[data-theme=light]{\n", "}\n"))
	system := values(between(t, css, ":root:not([data-theme]){", "}}"))
	if len(chosen) < 50 || len(chosen) != len(system) {
		t.Fatalf("%d values are chosen, %d are the system's", len(chosen), len(system))
	}
	for name, v := range chosen {
		if system[name] != v {
			t.Errorf("%s is %q and %q", name, v, system[name])
		}
	}
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, from)
	if !ok {
		t.Fatalf("%q is missing", from)
	}
	s, _, _ = strings.Cut(s, to)
	return s
}

func values(block string) map[string]string {
	m := map[string]string{}
	for decl := range strings.SplitSeq(block, ";") {
		if name, v, ok := strings.Cut(decl, ":"); ok {
			m[strings.TrimSpace(name)] = strings.TrimSpace(v)
		}
	}
	return m
}
