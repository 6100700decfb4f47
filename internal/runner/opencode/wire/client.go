// Package wire is the protocol of OpenCode: the requests, the types of the answers, the stream of events. It does not deal
// with processes or sessions.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Client asks one OpenCode server. It is safe for concurrent use.
type Client struct {
	base, password string
	// HTTP carries the requests. Loopback only: proxies of the environment are not for it.
	HTTP *http.Client
}

// maxAnswer bounds an answer held in memory; a conversation's history can be long.
const maxAnswer = 256 << 20

// NewClient asks the server at a port of loopback, or wherever dial finds it.
func NewClient(port int, password string, dial func(context.Context) (net.Conn, error)) *Client {
	connect := (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	if dial != nil {
		connect = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
	}
	return &Client{base: "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), password: password, HTTP: &http.Client{
		Transport: &http.Transport{DialContext: connect, MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute, DisableCompression: true}}}
}

// Refusal is an answer with status 300 or more; What is OpenCode's message.
type Refusal struct {
	Status int
	What   string
}

func (r *Refusal) Error() string { return fmt.Sprintf("OpenCode answers %d: %s", r.Status, r.What) }

// RefusedWith reports whether err is an answer with this status.
func RefusedWith(err error, status int) bool {
	var r *Refusal
	return errors.As(err, &r) && r.Status == status
}

func (c *Client) request(ctx context.Context, method, path, dir string, body any) (*http.Request, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		in = bytes.NewReader(b)
	}
	target := c.base + path
	if dir != "" {
		target += "?directory=" + url.QueryEscape(dir)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, in)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth("opencode", c.password)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// call sends body and reads the answer into out; a nil out is not read. It retries when the connection breaks: every call
// here is idempotent.
func (c *Client) call(ctx context.Context, method, path, dir string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	text, err := c.send(ctx, method, path, dir, body)
	for again := range retries {
		var r *Refusal
		if err == nil || errors.As(err, &r) || ctx.Err() != nil {
			break
		}
		Pause(ctx, 50*time.Millisecond<<again)
		text, err = c.send(ctx, method, path, dir, body)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return nil
}

// retries is how often a call is repeated.
const retries = 3

// send makes one call; an answer of 300 or more is a Refusal.
func (c *Client) send(ctx context.Context, method, path, dir string, body any) ([]byte, error) {
	req, err := c.request(ctx, method, path, dir, body)
	if err != nil {
		return nil, err
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil && res.StatusCode >= 300 {
		err = &Refusal{res.StatusCode, errorText(text)}
	}
	return text, err
}

// errorText is the sentence inside an error answer, whichever of its three shapes it has.
func errorText(text []byte) string {
	var e struct {
		Message string
		Data    struct{ Message string }
	}
	_ = json.Unmarshal(text, &e) // an answer of another shape is shown unchanged
	switch {
	case e.Data.Message != "":
		return e.Data.Message
	case e.Message != "":
		return e.Message
	}
	return string(text[:min(len(text), 300)])
}

// Pause waits for d, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}
