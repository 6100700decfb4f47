package remote

import (
	"bufio"
	"context"
	"io"
	"os"
)

// lines reads lines for prompts, which end when their context does. A read that a prompt left behind is continued by the next one.
type lines struct {
	from    io.Reader
	in      *bufio.Reader
	pending chan line
}

type line struct {
	text string
	err  error
}

func newLines(from io.Reader) *lines { return &lines{from: from, in: bufio.NewReader(from)} }

// next reads one line. When the context ends first, it returns the cause.
func (l *lines) next(ctx context.Context) (string, error) {
	if l.pending == nil {
		read := make(chan line, 1)
		go func() {
			text, err := l.in.ReadString('\n')
			read <- line{text, err}
		}()
		l.pending = read
	}
	select {
	case got := <-l.pending:
		l.pending = nil
		return got.text, got.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// discard drops what was typed and not read yet.
func (l *lines) discard() {
	if f, ok := l.from.(*os.File); ok {
		flushTerminal(int(f.Fd()))
	}
	select {
	case <-l.pending:
		l.pending = nil
	default:
	}
	if l.pending == nil {
		_, _ = l.in.Discard(l.in.Buffered())
	}
}
