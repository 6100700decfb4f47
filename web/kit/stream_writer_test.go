package kit

import (
	"bufio"
	"bytes"
	"testing"
)

// A carriage return ends a line of an event stream: one inside the markup must not begin a field.
func TestMarkupCannotBreakOutOfItsEvent(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o := &StreamWriter{writer: bufio.NewWriter(&b)}
	o.SendMarkup(7, []byte("a\r\nb\rid: 99\n\nevent: gone"))
	if !o.Flush() {
		t.Fatal(o.err)
	}
	want := "id: 7\ndata: a\ndata: b\ndata: id: 99\ndata: \ndata: event: gone\n\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
