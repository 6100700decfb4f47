package gateway

import "bytes"

// eventLimit is the maximum size of an event in a stream, wholeLimit that of a response that is not a stream. Longer ones are
// forwarded but not read.
const eventLimit, wholeLimit = 8 << 20, 16 << 20

// events splits a stream of server-sent events into its events, whichever line ends it has. It never buffers more than the limit, and
// every byte comes out again in order.
type events struct {
	limit int
	// event gets the bytes of an event and its data, nil if it has none.
	event func(raw, data []byte)
	// huge gets the bytes of an event that is too long, in pieces.
	huge    func(piece []byte)
	raw     []byte
	line    int // where the current line starts in raw
	data    []byte
	any     bool // there were data lines since the last event
	skip    bool // the current event is too long
	empty   bool // the current line of an event that is too long has no bytes yet
	afterCR bool // the last byte was a line end that a newline may complete
	started bool
}

// Write never fails.
func (e *events) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if e.afterCR && rest[0] == '\n' {
			rest = rest[1:]
			e.completeCR()
			continue
		}
		e.afterCR = false
		i := bytes.IndexAny(rest, "\r\n")
		if i < 0 {
			e.buffer(rest)
			break
		}
		e.buffer(rest[:i+1])
		e.afterCR = rest[i] == '\r'
		rest = rest[i+1:]
		if e.afterCR && len(rest) > 0 && rest[0] == '\n' {
			e.afterCR = false
			e.buffer(rest[:1])
			rest = rest[1:]
		}
		e.endLine()
	}
	return len(p), nil
}

// completeCR takes the newline of a line end that two reads have split.
func (e *events) completeCR() {
	e.afterCR = false
	switch {
	case e.skip:
		e.huge([]byte{'\n'})
	case len(e.raw) == 0:
		e.event([]byte{'\n'}, nil)
	default:
		e.raw = append(e.raw, '\n')
		e.line = len(e.raw)
	}
}

// Close ends the last event if no empty line has ended it. It never fails.
func (e *events) Close() error {
	if !e.skip && len(e.raw) > 0 {
		e.endLine()
		e.endEvent()
	}
	return nil
}

func (e *events) buffer(piece []byte) {
	if !e.skip && len(e.raw)+len(piece) > e.limit {
		e.huge(e.raw)
		e.raw, e.data, e.line, e.any, e.skip, e.empty = e.raw[:0], e.data[:0], 0, false, true, len(e.raw) == e.line
	}
	if e.skip {
		e.huge(piece)
		e.empty = e.empty && len(bytes.Trim(piece, "\r\n")) == 0
		return
	}
	e.raw = append(e.raw, piece...)
}

func (e *events) endLine() {
	if e.skip {
		e.skip, e.empty = !e.empty, true
		return
	}
	line := bytes.TrimRight(e.raw[e.line:], "\r\n")
	e.line = len(e.raw)
	if !e.started {
		line, e.started = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), true
	}
	if len(line) == 0 {
		e.endEvent()
		return
	}
	if value, isData := bytes.CutPrefix(line, []byte("data:")); isData {
		e.addData(bytes.TrimPrefix(value, []byte(" ")))
	} else if string(line) == "data" {
		e.addData(nil)
	}
}

func (e *events) addData(value []byte) {
	if e.any {
		e.data = append(e.data, '\n')
	}
	e.data, e.any = append(e.data, value...), true
}

func (e *events) endEvent() {
	data := e.data
	if !e.any {
		data = nil
	}
	e.event(e.raw, data)
	e.raw, e.data, e.line, e.any = e.raw[:0], e.data[:0], 0, false
}

// withData returns an event's bytes with other data.
func withData(raw, data []byte) (out []byte) {
	isDone := false
	for _, line := range bytes.Split(bytes.TrimRight(raw, "\r\n"), []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		if !bytes.HasPrefix(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), []byte("data")) {
			out = append(append(out, line...), '\n')
		} else if !isDone {
			isDone = true
			out = append(append(append(out, "data: "...), bytes.ReplaceAll(data, []byte("\n"), []byte("\ndata: "))...), '\n')
		}
	}
	return append(out, '\n')
}
