package prose_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/industrial-orchestrator/orchestrator/views/prose"
)

// allowed are the elements that text from outside may become; nothing else may reach a page, whatever was written.
var allowed = map[string]bool{"html": true, "head": true, "body": true, "p": true, "br": true, "hr": true, "ul": true, "ol": true, "li": true,
	"strong": true, "em": true, "del": true, "code": true, "pre": true, "blockquote": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true,
	"h6": true, "table": true, "thead": true, "tbody": true, "tr": true, "th": true, "td": true, "a": true, "span": true}

// allowedAttr are the attributes these elements may carry.
var allowedAttr = map[string]bool{"href": true, "rel": true, "target": true, "class": true}

func inert(t *testing.T, in, out string) {
	t.Helper()
	if !utf8.ValidString(out) || strings.ContainsRune(out, 0) {
		t.Fatalf("%q gives what no page may hold: %q", in, out)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		n := s.Get(0)
		if !allowed[n.Data] {
			t.Fatalf("%q gives a <%s>:\n%s", in, n.Data, out)
		}
		for _, a := range n.Attr {
			inertAttr(t, in, out, a)
		}
	})
}

func inertAttr(t *testing.T, in, out string, a html.Attribute) {
	t.Helper()
	if !allowedAttr[a.Key] {
		t.Fatalf("%q gives an attribute %s:\n%s", in, a.Key, out)
	}
	scheme, _, ok := strings.Cut(strings.ToLower(a.Val), ":")
	if a.Key == "href" && ok && !strings.ContainsAny(scheme, "/?#") && scheme != "http" && scheme != "https" && scheme != "mailto" {
		t.Fatalf("%q gives an address of the scheme %q:\n%s", in, scheme, out)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) { inert(t, in, prose.Markdown(in)) })
}

func FuzzTerminal(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Add("\x1b[99999999C\x1b[99999999Bx\x1b[2J\x1b]52;c;aGk=\x07\x1b]0;title\x07\u202etxt\r\b\b\x1b[38;5;300mz")
	f.Fuzz(func(t *testing.T, in string) {
		head, tail, _ := prose.Shorten(in)
		for _, s := range []string{head, tail} {
			out := prose.Terminal(s)
			inert(t, s, out)
			if len(out) > 200*len(s)+1000 {
				t.Fatalf("%d bytes became %d", len(s), len(out))
			}
		}
	})
}

func FuzzShorten(f *testing.F) {
	f.Add("a\nb", 3000)
	f.Add("\xff\xfe", 20000)
	f.Fuzz(func(t *testing.T, piece string, times int) {
		in := strings.Repeat(piece, min(max(times, 1), 1+200_000/max(1, len(piece))))
		head, tail, cut := prose.Shorten(in)
		if len(head)+len(tail) > 24<<10 || !cut && head+tail != in {
			t.Fatalf("%d bytes became %d and %d, cut %v", len(in), len(head), len(tail), cut)
		}
	})
}
