package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxSilence is how long a stream may be silent: OpenCode sends a heartbeat every ten seconds.
const maxSilence = 30 * time.Second

var errSilent = errors.New("the event stream went silent")

// Events reads the global stream until it breaks or ctx ends. There is no replay: what a break loses is in the history.
func (c *Client) Events(ctx context.Context, handle func(Event)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(maxSilence, func() { cancel(errSilent) })
	defer watchdog.Stop()
	req, err := c.request(ctx, http.MethodGet, "/global/event", "", nil)
	if err != nil {
		return err
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("open the event stream: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("open the event stream: %w", &Refusal{Status: res.StatusCode})
	}
	err = ReadEvents(res.Body, func(e Event) {
		watchdog.Reset(maxSilence)
		handle(e)
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return fmt.Errorf("read the event stream: %w", err)
}

// maxLine bounds one line of the stream: an OpenCode that an agent took over must not fill the server's memory.
const maxLine = 64 << 20

var errLongLine = errors.New("a line of the event stream is too long")

// ReadEvents reads frames of one "data:" line each; a line that is no event is an error, because the history has it.
func ReadEvents(r io.Reader, handle func(Event)) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := readLine(lines, maxLine)
		if err != nil {
			return err
		}
		data, ok := bytes.CutPrefix(line, []byte("data:"))
		if !ok {
			continue
		}
		var e Event
		if err := json.Unmarshal(data, &e); err != nil {
			return fmt.Errorf("decode an event: %w", err)
		}
		handle(e)
	}
}

// readLine reads up to the end of a line, which is kept; a line of more than limit bytes is an error.
func readLine(r *bufio.Reader, limit int) (line []byte, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		if len(line)+len(piece) > limit {
			return nil, errLongLine
		}
		line = append(line, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
