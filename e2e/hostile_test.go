package e2e

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// hostile prints what a malicious repository could: markup, terminal codes, a line of ten megabytes, invalid UTF-8 and NUL.
const hostile = `printf '<script>alert(1)</script><img src=x onerror=alert(2)>\033[31mred\033[0m\033]0;title\007\n'; head -c 10485760 /dev/zero | tr '\0' a; printf '\n\377\376 broken \0 nul\n'`

func TestHostileTranscript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	id := m.run("Print what hurts", turns("Attack.", map[string]any{"text": "<script>alert(3)</script> [x](javascript:alert(4)) \u001b[31m", "tools": bash(hostile)}, map[string]any{"text": "done"}), nil)
	m.reply(id, m.asked(id), "once")
	m.becomes(id, 90*time.Second, "completed")
	found := false
	for _, e := range m.events(id) {
		if !utf8.Valid(e.Data) || !json.Valid(e.Data) || bytes.Contains(e.Data, []byte(`\u0000`)) {
			t.Errorf("event %d is not clean text", e.Seq)
		}
		if len(e.Data) > 1<<20 {
			t.Errorf("event %d has %d bytes", e.Seq, len(e.Data))
		}
		found = found || strings.Contains(string(e.Data), "alert(1)")
	}
	if !found {
		t.Error("the output is not in the log at all")
	}
}
