package sessions

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// A diff is written by whoever wrote the files: it is shown as text, in bounded lines, and never as markup of its own.
func FuzzDiff(f *testing.F) {
	f.Add("@@ -1 +1 @@\n-a <b>\n+a <script>alert(1)</script>\n\\ No newline at end of file\n")
	f.Add("@@ -99999999999999999999 +-1,x @@\n x\n+\r\n-\xff\x00\n@@\ndiff --git a/x b/x\n@@ -1,2 +1,2 @@ f(\n")
	f.Add("+++ b/x\n@@@ -1 -1 +1 @@@\n--x\n")
	f.Fuzz(func(t *testing.T, patch string) {
		lines, _ := parseDiff(patch)
		if len(lines) > maxDiffLines+strings.Count(patch, "@@")+1 || len(lines) > strings.Count(patch, "\n")+1 {
			t.Fatalf("%q gives %d lines", patch, len(lines))
		}
		added, deleted := tally(patch)
		if added < 0 || deleted < 0 || len(sideBySide(lines)) > len(lines) {
			t.Fatalf("%q gives +%d -%d", patch, added, deleted)
		}
		for _, l := range lines {
			inertLine(t, l)
		}
	})
}

func inertLine(t *testing.T, l diffLine) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader("<main>" + l.html() + "</main>"))
	if err != nil {
		t.Fatal(err)
	}
	if n := doc.Find("main *").Not("ins,del").Length(); n > 0 {
		t.Fatalf("%+v is drawn as markup: %s", l, l.html())
	}
}

// What an agent asks and hands to its tools is JSON of its own making.
func FuzzAgentJSON(f *testing.F) {
	f.Add([]byte(`[{"question":"q","options":[{"label":"a"}]}]`))
	f.Add([]byte(`{"a":`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		questions(raw)
		pretty(json.RawMessage(raw))
	})
}
