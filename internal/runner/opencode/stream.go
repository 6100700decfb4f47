package opencode

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

// silence is how long a stream may say nothing: OpenCode sends a heartbeat every ten seconds.
const silence = 30 * time.Second

var errSilent = errors.New("the event stream went silent")

// events reads the global stream until it breaks or ctx ends. There is no replay: what a break lost is in the history.
func (c *client) events(ctx context.Context, on func(globalEvent)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watchdog.Stop()
	req, err := c.request(ctx, http.MethodGet, "/global/event", "", nil)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("open the event stream: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("open the event stream: %w", &refusal{status: res.StatusCode})
	}
	err = readEvents(res.Body, func(e globalEvent) {
		watchdog.Reset(silence)
		on(e)
	})
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return fmt.Errorf("read the event stream: %w", err)
}

// maxLine bounds one line of the stream: an OpenCode that an agent took over must not fill the server's memory.
const maxLine = 64 << 20

var errLongLine = errors.New("a line of the event stream is too long")

// readEvents reads frames of one "data:" line each; a line that is no event is an error, for the history knows it.
func readEvents(r io.Reader, on func(globalEvent)) error {
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
		var e globalEvent
		if err := json.Unmarshal(data, &e); err != nil {
			return fmt.Errorf("decode an event: %w", err)
		}
		on(e)
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
