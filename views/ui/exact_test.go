package ui

import (
	"strings"
	"testing"
)

func TestExactHidesNothing(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a && b | c > d 2>&1":         "a &amp;&amp; b | c &gt; d 2&gt;&amp;1",
		"  two  blanks\n\ttab ":       "  two  blanks\n\ttab ",
		"rm \u202Etxt.exe":            `rm <mark class="unseen">U+202E</mark>txt.exe`,
		"a\u200Bb\u00A0c\r\x1B[2K":    `a<mark class="unseen">U+200B</mark>b<mark class="unseen">U+00A0</mark>c<mark class="unseen">U+000D</mark><mark class="unseen">U+001B</mark>[2K`,
		"\U000E0041":                  `<mark class="unseen">U+E0041</mark>`,
		"größe 功能 <script>":           "größe 功能 &lt;script&gt;",
		"":                            "",
		"bad \xff byte":               "bad \xff byte",
		"\u3164=1; echo \u115F\uFE0F": `<mark class="unseen">U+3164</mark>=1; echo <mark class="unseen">U+115F</mark><mark class="unseen">U+FE0F</mark>`,
	} {
		if got := exactHTML(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
		if Unseen(in) != strings.Contains(want, "unseen") {
			t.Errorf("Unseen(%q) = %v", in, Unseen(in))
		}
	}
}

func TestWhatFitsARow(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{"ls": true, strings.Repeat("ä", 600): true, strings.Repeat("ä", 601): false, strings.Repeat("a\n", 9): true, strings.Repeat("a\n", 10): false} {
		if FitsRow(s) != want {
			t.Errorf("%.20q fits: %v", s, !want)
		}
	}
}
