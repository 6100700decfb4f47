package gateway

import "bytes"

// eventLimit is the maximum size of an event in a stream, wholeLimit that of a response that is not a stream. Longer ones are
// forwarded but not read.
const eventLimit, wholeLimit = 8 << 20, 16 << 20

// events splits a stream of server-sent events into the data of each event. It never buffers more than the limit.
type events struct {
	limit   int
	emit    func(data []byte)
	dropped func(n int) // bytes of events that were too long
	line    []byte
	data    []byte
	any     bool // there were data lines since the last event
	skip    bool // the current line is too long
}

// Write never fails.
func (e *events) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			e.buffer(rest)
			break
		}
		e.buffer(rest[:i])
		e.endLine()
		rest = rest[i+1:]
	}
	return len(p), nil
}

// Close ends the last event if no empty line has ended it. It never fails.
func (e *events) Close() error {
	e.endLine()
	e.endEvent()
	return nil
}

func (e *events) buffer(piece []byte) {
	if !e.skip && len(e.line)+len(e.data)+len(piece) <= e.limit {
		e.line = append(e.line, piece...)
		return
	}
	e.dropped(len(piece) + len(e.line) + len(e.data))
	e.line, e.data, e.any, e.skip = e.line[:0], e.data[:0], false, true
}

func (e *events) endLine() {
	line := bytes.TrimSuffix(e.line, []byte("\r"))
	e.line = e.line[:0]
	if e.skip {
		e.skip = false
		return
	}
	if len(line) == 0 {
		e.endEvent()
		return
	}
	if value, isData := bytes.CutPrefix(line, []byte("data:")); isData {
		e.addData(bytes.TrimPrefix(value, []byte(" ")))
	}
}

func (e *events) addData(value []byte) {
	if e.any {
		e.data = append(e.data, '\n')
	}
	e.data, e.any = append(e.data, value...), true
}

func (e *events) endEvent() {
	if e.any {
		e.emit(e.data)
	}
	e.data, e.any = e.data[:0], false
}
