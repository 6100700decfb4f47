// Package client calls the REST API of an orchestrator. Its types are those of the OpenAPI document; a test compares them. Creates can be
// repeated: they carry an idempotency key and are repeated when the connection breaks.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	prefix = "/api/v1"
	// maxBody is the size of the largest response that is read.
	maxBody = 64 << 20
	// callWithin limits one request that is not a stream. The server answers within a minute, but within an hour if it sends work to another
	// host: then sendWithin is the limit.
	callWithin, sendWithin = 2 * time.Minute, time.Hour + time.Minute
)

// Client calls the API of one server with one token. It is safe for concurrent use.
type Client struct {
	base, token, agent string
	http               *http.Client
	// wait pauses before a request is repeated; tests replace it.
	wait func(context.Context, time.Duration) error
}

// New returns a client for the server at an address such as https://orchestrator.example.org.
func New(address, token string) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(address), "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("%q is not the address of a server: use a URL without a path, such as https://orchestrator.example.org", address)
	}
	return &Client{base: u.String(), token: strings.TrimSpace(token), agent: "orchestrator", wait: sleep, http: &http.Client{CheckRedirect: stayHere}}, nil
}

// Address is the server's URL.
func (c *Client) Address() string { return c.base }

// stayHere keeps the token from other servers: a redirect is reported, not followed.
func stayHere(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Response is a complete answer of the API, whatever its status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends one request and reads its whole answer. A nil body sends none; path starts below /api/v1. A refusal is not an error here.
func (c *Client) Do(ctx context.Context, method, path string, body any, header ...string) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, timeLimitOf(method, path))
	defer cancel()
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return Response{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Response{}, unreachable(c.base, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := readBounded(res.Body)
	return Response{res.StatusCode, res.Header, text}, err
}

func timeLimitOf(method, path string) time.Duration {
	if method == http.MethodPost && (strings.HasSuffix(path, "/push") || strings.HasSuffix(path, "/pull-request")) {
		return sendWithin
	}
	return callWithin
}

func readBounded(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err == nil && len(text) > maxBody {
		err = fmt.Errorf("the response is larger than %d MiB", maxBody>>20)
	}
	return text, err
}

// request is an authenticated request.
func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+prefix+path, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.agent)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// Call sends one request and decodes its answer into a value, a *string or a *[]byte; nil ignores the answer. A refusal is a *Problem.
func (c *Client) Call(ctx context.Context, method, path string, body, into any) error {
	res, err := c.Do(ctx, method, path, body)
	if err != nil {
		return err
	}
	return res.decode(into)
}

func (r Response) decode(into any) error {
	if r.Status/100 != 2 {
		return problemOf(r)
	}
	switch to := into.(type) {
	case nil:
		return nil
	case *string:
		*to = string(r.Body)
		return nil
	case *[]byte:
		*to = r.Body
		return nil
	}
	if err := json.Unmarshal(r.Body, into); err != nil {
		return fmt.Errorf("the server's answer is not what this version expects: %w", err)
	}
	return nil
}

// get reads one object.
func get[T any](ctx context.Context, c *Client, path string) (v T, err error) {
	err = c.Call(ctx, http.MethodGet, path, nil, &v)
	return v, err
}

// list reads a list that comes whole.
func list[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	page, err := get[struct{ Items []T }](ctx, c, path)
	return page.Items, err
}

// post sends a body and reads the answer.
func post[T any](ctx context.Context, c *Client, path string, body any) (v T, err error) {
	err = c.Call(ctx, http.MethodPost, path, body, &v)
	return v, err
}

// noFields is the body of an operation that requires none.
type noFields struct{}

// seg writes a value as one segment of a path.
func seg(s string) string { return "/" + url.PathEscape(s) }

// ErrUnreachable is part of every error of a request that got no answer.
var ErrUnreachable = errors.New("the server cannot be reached")

func unreachable(base string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w at %s: %w", ErrUnreachable, base, err)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
