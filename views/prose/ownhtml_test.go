package prose

import (
	"strings"
	"testing"
)

func TestAnAgentsHTMLIsReadAsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"<iframe src=x></iframe> before":         "&lt;iframe src=x&gt;&lt;/iframe&gt; before",
		"Use <b>bold</b> & <script>x()</script>": "&lt;b&gt;bold&lt;/b&gt; &amp; &lt;script&gt;x()&lt;/script&gt;",
		"<div onclick=\"x\">\n\nrest":            "&lt;div onclick=&#34;x&#34;&gt;",
		"<!-- hidden\nwords --> end":             "&lt;!-- hidden\nwords --&gt;",
		"red \x1b[31mtext\x07":                   "red �[31mtext�",
	} {
		got := Markdown(text)
		if !strings.Contains(got, want) || strings.Contains(got, "<script") || strings.Contains(got, "<iframe") || strings.Contains(got, "<div") {
			t.Errorf("Markdown(%q) = %q, want %q in it", text, got, want)
		}
	}
}
