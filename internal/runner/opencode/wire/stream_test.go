package wire

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

// What an answer's error says is a sentence whatever its shape.
func FuzzErrorText(f *testing.F) {
	f.Add([]byte(`{"data":{"message":"no"}}`))
	f.Add([]byte(`{"message":7}`))
	f.Add([]byte("<html>\xff\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s := errorText(text); len(s) > max(300, len(text)*3) {
			t.Fatalf("%d bytes became %d", len(text), len(s))
		}
		var e Event
		_ = json.Unmarshal(text, &e)
	})
}

// A line without end is refused at the limit, not when memory is full.
func TestAnEndlessLineIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want error
	}{{"data: {}\n", nil}, {strings.Repeat("x", 200_000) + "\n", errLongLine}, {strings.Repeat("x", 200_000), errLongLine}, {"half", io.EOF}} {
		if _, err := readLine(bufio.NewReaderSize(strings.NewReader(c.text), 64), 100_000); !errors.Is(err, c.want) {
			t.Errorf("a line of %d bytes: %v, want %v", len(c.text), err, c.want)
		}
	}
}
