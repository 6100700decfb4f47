package opencode

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

// client asks one OpenCode server. Loopback only: proxies of the environment are not for it.
type client struct {
	base, password string
	http           *http.Client
}

// maxAnswer bounds an answer held in memory; a conversation's history can be long.
const maxAnswer = 256 << 20

// newClient asks the server at a port of loopback, or wherever dial finds it.
func newClient(port int, password string, dial func(context.Context) (net.Conn, error)) *client {
	way := (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	if dial != nil {
		way = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
	}
	return &client{base: "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), password: password, http: &http.Client{
		Transport: &http.Transport{DialContext: way, MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute, DisableCompression: true}}}
}

// refusal is an answer that is not the one asked for.
type refusal struct {
	status int
	what   string
}

func (r *refusal) Error() string { return fmt.Sprintf("OpenCode answers %d: %s", r.status, r.what) }

// refusedWith says whether err is an answer with this status.
func refusedWith(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}

func (c *client) request(ctx context.Context, method, path, dir string, body any) (*http.Request, error) {
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

// call sends body and reads the answer into out; a nil out is not read. A connection that breaks is tried again: each
// call here says the same when it is said twice.
func (c *client) call(ctx context.Context, method, path, dir string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	text, err := c.ask(ctx, method, path, dir, body)
	for again := range tries {
		var r *refusal
		if err == nil || errors.As(err, &r) || ctx.Err() != nil {
			break
		}
		pause(ctx, 50*time.Millisecond<<again)
		text, err = c.ask(ctx, method, path, dir, body)
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

// tries is how often a call is made again.
const tries = 3

// ask makes one call; an answer of 300 or more is a refusal.
func (c *client) ask(ctx context.Context, method, path, dir string, body any) ([]byte, error) {
	req, err := c.request(ctx, method, path, dir, body)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil && res.StatusCode >= 300 {
		err = &refusal{res.StatusCode, said(text)}
	}
	return text, err
}

// said is the sentence inside an error answer, whichever of its three shapes it has.
func said(text []byte) string {
	var e struct {
		Message string
		Data    struct{ Message string }
	}
	_ = json.Unmarshal(text, &e) // an answer of another shape is shown as it is
	switch {
	case e.Data.Message != "":
		return e.Data.Message
	case e.Message != "":
		return e.Message
	}
	return string(text[:min(len(text), 300)])
}

func (c *client) health(ctx context.Context) (h healthAnswer, err error) {
	return h, c.call(ctx, http.MethodGet, "/global/health", "", nil, &h)
}

// boot makes the directory's instance, which reads the config; a bad config is refused with 400.
func (c *client) boot(ctx context.Context, dir string) error {
	return c.call(ctx, http.MethodGet, "/config", dir, nil, nil)
}

func (c *client) agents(ctx context.Context, dir string) (as []agentInfo, err error) {
	return as, c.call(ctx, http.MethodGet, "/agent", dir, nil, &as)
}

func (c *client) providers(ctx context.Context, dir string) (ps providersAnswer, err error) {
	return ps, c.call(ctx, http.MethodGet, "/config/providers", dir, nil, &ps)
}

func (c *client) create(ctx context.Context, dir, title string) (s sessionInfo, err error) {
	return s, c.call(ctx, http.MethodPost, "/session", dir, sessionInput{Title: title}, &s)
}

func (c *client) session(ctx context.Context, id string) (s sessionInfo, err error) {
	return s, c.call(ctx, http.MethodGet, "/session/"+id, "", nil, &s)
}

// messages are the newest of a conversation, oldest first.
func (c *client) messages(ctx context.Context, id string) (ms []messageAnswer, err error) {
	return ms, c.call(ctx, http.MethodGet, "/session/"+id+"/message?limit=50", "", nil, &ms)
}

func (c *client) prompt(ctx context.Context, id string, p promptInput) error {
	return c.call(ctx, http.MethodPost, "/session/"+id+"/prompt_async", "", p, nil)
}

func (c *client) abort(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, "/session/"+id+"/abort", "", nil, nil)
}

// statuses are the sessions of a directory that are not idle.
func (c *client) statuses(ctx context.Context, dir string) (s map[string]statusInfo, err error) {
	return s, c.call(ctx, http.MethodGet, "/session/status", dir, nil, &s)
}

func (c *client) permissions(ctx context.Context, dir string) (ps []permissionAsk, err error) {
	return ps, c.call(ctx, http.MethodGet, "/permission", dir, nil, &ps)
}

func (c *client) questions(ctx context.Context, dir string) (qs []questionAsk, err error) {
	return qs, c.call(ctx, http.MethodGet, "/question", dir, nil, &qs)
}

func (c *client) replyPermission(ctx context.Context, dir, id string, r permissionReply) error {
	return c.call(ctx, http.MethodPost, "/permission/"+id+"/reply", dir, r, nil)
}

func (c *client) answerQuestion(ctx context.Context, dir, id string, answers json.RawMessage) error {
	return c.call(ctx, http.MethodPost, "/question/"+id+"/reply", dir, questionReply{answers}, nil)
}

func (c *client) rejectQuestion(ctx context.Context, dir, id string) error {
	return c.call(ctx, http.MethodPost, "/question/"+id+"/reject", dir, nil, nil)
}

// history is the durable log after the sequences named. A session that is not named comes whole.
func (c *client) history(ctx context.Context, after map[string]int64) (es []historyEvent, err error) {
	return es, c.call(ctx, http.MethodPost, "/sync/history", "", after, &es)
}

// allSessions lists every session of the process's data, whatever its directory.
func (c *client) allSessions(ctx context.Context) (all []sessionInfo, err error) {
	return all, c.call(ctx, http.MethodGet, "/experimental/session?limit=1000000&archived=true", "", nil, &all)
}

func (c *client) disposeInstance(ctx context.Context, dir string) error {
	return c.call(ctx, http.MethodPost, "/instance/dispose", dir, nil, nil)
}

func (c *client) disposeAll(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/global/dispose", "", nil, nil)
}
