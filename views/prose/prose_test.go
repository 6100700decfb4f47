package prose_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/views/prose"
)

var hostile = []string{
	"<script>alert(1)</script>",
	"<img src=x onerror=alert(1)>",
	"[click](javascript:alert(1))",
	"[click](JaVaScRiPt&#58;alert(1))",
	"[click](data:text/html;base64,PHNjcmlwdD4=)",
	"<a href='vbscript:x' style='position:fixed;inset:0'>x</a>",
	"| a |\n|:-:|\n| <style>*{display:none}</style> |",
	"<hx-partial hx-target=\"body\">x</hx-partial>",
	"<div hx-get=\"/logout\" hx-trigger=\"load\">x</div>",
	"```html\"onmouseover=alert(1)\n<script>\n```",
	"![pixel](https://evil.example/p.png)",
	"\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
	"\x1b]1337;File=inline=1:aGVsbG8=\x07",
	"\x1b[31m<script>alert(1)</script>\x1b[0m",
	"\x1b_bk;t=0\x07</pre></div><script>x</script>",
	"bad \xff\xfe bytes \x00 and NUL",
}

func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	for _, in := range hostile {
		for name, out := range map[string]string{"markdown": prose.Markdown(in), "terminal": prose.Terminal(in)} {
			doc, err := goquery.NewDocumentFromReader(strings.NewReader("<main>" + out + "</main>"))
			if err != nil {
				t.Fatal(err)
			}
			if n := doc.Find("script,style,img,iframe,hx-partial,template,[style],[onerror],[onmouseover],[hx-get]").Length(); n > 0 {
				t.Errorf("%s of %q holds what may not be: %s", name, in, out)
			}
			doc.Find("a").Each(func(_ int, a *goquery.Selection) {
				if h := a.AttrOr("href", ""); !strings.HasPrefix(h, "https://") && !strings.HasPrefix(h, "http://") && !strings.HasPrefix(h, "mailto:") {
					t.Errorf("%s of %q links to %q", name, in, h)
				}
			})
			if strings.ContainsRune(out, 0) || !utf8.ValidString(out) {
				t.Errorf("%s of %q is not valid text", name, in)
			}
		}
	}
}

func TestMarkdownKeepsWhatPeopleMean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Use `go test`.":                 "<p>Use <code>go test</code>.</p>",
		"**b** and ~~d~~":                "<p><strong>b</strong> and <del>d</del></p>",
		"1 < 2 && 3 > 2":                 "<p>1 &lt; 2 &amp;&amp; 3 &gt; 2</p>",
		"[a](https://example.org/x?y=1)": `<p><a href="https://example.org/x?y=1" rel="nofollow noreferrer noopener" target="_blank">a</a></p>`,
		"# Head":                         "<h1>Head</h1>",
	} {
		if got := strings.TrimSpace(prose.Markdown(in)); got != want {
			t.Errorf("%q gives %s, not %s", in, got, want)
		}
	}
	if got := prose.Markdown(strings.Repeat("<b>", 100_000)); !strings.HasPrefix(got, "<pre>&lt;b&gt;") || len(got) > 2<<20 {
		t.Errorf("a text too long for markdown begins with %.20s and has %d bytes", got, len(got))
	}
}

func TestTerminalColoursAreClasses(t *testing.T) {
	t.Parallel()
	got := prose.Terminal("\x1b[1;31mFAIL\x1b[0m ok")
	if want := `<span class="term-fg31 term-fg1">FAIL</span> ok`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := prose.Terminal("10 %\r20 %\r30 %"); got != "30 %" {
		t.Errorf("a progress line shows %q", got)
	}
}

func TestShortenKeepsHeadAndTail(t *testing.T) {
	t.Parallel()
	if head, tail, cut := prose.Shorten("short\n"); head != "short\n" || tail != "" || cut {
		t.Errorf("a short output became %q, %q, %v", head, tail, cut)
	}
	head, tail, cut := prose.Shorten("first\n" + strings.Repeat("x", 10<<20) + "\nlast")
	if !cut || !strings.HasPrefix(head, "first\n") || tail != "last" || len(head) > 3000 {
		t.Errorf("a line of 10 MB became %d bytes and %q, cut %v", len(head), tail, cut)
	}
}
