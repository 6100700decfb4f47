package turn

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// maxText bounds a text inside an event; of a longer one head and tail are kept.
const maxText = 1 << 20

// whole is s up to the bound, else its head and tail; it is clean.
func whole(s string) string {
	kept, _ := text.Ends(s, maxText)
	return kept
}

func cleanAll(ss []string) []string {
	clean := make([]string, len(ss))
	for i, s := range ss {
		clean[i] = text.Clean(s)
	}
	return clean
}

// cleanJSON is data without what a database refuses inside a string: NUL, and halves of characters.
func cleanJSON(data json.RawMessage) json.RawMessage {
	if len(data) == 0 || !bytes.Contains(data, []byte(`\u`)) && utf8.Valid(data) {
		return data
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	b, err := json.Marshal(cleanValue(v))
	if err != nil {
		return nil
	}
	return b
}

func cleanValue(v any) any {
	switch v := v.(type) {
	case string:
		return text.Clean(v)
	case []any:
		for i := range v {
			v[i] = cleanValue(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for k, x := range v {
			clean[text.Clean(k)] = cleanValue(x)
		}
		return clean
	}
	return v
}

// line is s as one line of at most so many characters.
func line(s string, most int) string {
	s = strings.Join(strings.Fields(text.Clean(s)), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// sentence is another program's words as one sentence.
func sentence(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	switch s = line(first, 300); {
	case s == "":
		return "No reason was given."
	case strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "…"):
		return s
	}
	return s + "."
}
