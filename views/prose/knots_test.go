package prose_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/views/prose"
)

// T-25: text that is made to be slow to read is shown as it is: as markdown, each of these takes a second to minutes.
func TestT25KnottedTextIsShownAsItIs(t *testing.T) {
	t.Parallel()
	const size = 120 << 10
	for _, piece := range []string{"[", "*a_ ", "> ", "_a*", "[a](", "1. ", "1) ", "+ ", "- > ", "[a]:b\n", "![", "~~a", "<", "`a``", "a\n_a*\n",
		strings.Repeat("_a*", 1600) + "\n\n"} {
		if out := prose.Markdown(strings.Repeat(piece, size/len(piece)+1)[:size]); !strings.HasPrefix(out, "<pre>") || len(out) > 6*size {
			t.Errorf("%.12q is read as markdown: %.80q", piece, out)
		}
	}
}

func TestWhatPeopleWriteIsReadAsMarkdown(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("- **bold** and `code` with [a link](https://example.org/a_b)\n", 300) + "\n" +
		strings.Repeat("| a | *b* | `c` |\n", 200) + "\n```go\n" + strings.Repeat("func (s *Server) a_b(x []int) { y[0] = *z }\n", 100) + "```\n---\n"
	if out := prose.Markdown(long); !strings.Contains(out, "<strong>bold</strong>") {
		t.Error("a long answer is shown as plain text")
	}
}
