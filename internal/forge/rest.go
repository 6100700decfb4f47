package forge

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// rest sends JSON requests to one API with one token.
type rest struct {
	f      *Forges
	client *http.Client
	base   string
	// header and value carry the token.
	header, value, token string
}

// call sends in, which may be nil, and decodes the answer into out, which may be nil. It sends one request and repeats none.
func (r rest) call(ctx context.Context, method, path string, in, out any) error {
	within, cancel := r.f.within(ctx)
	defer cancel()
	req, err := r.request(within, method, path, in)
	if err != nil {
		return err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return connectionRefusal(ctx, err, r.token)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return connectionRefusal(ctx, err, r.token)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return r.refusal(res, body)
	}
	return r.decode(res, body, out)
}

func (r rest) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set(r.header, r.value)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

const userAgent = "industrial-orchestrator"

func (r rest) refusal(res *http.Response, body []byte) error {
	refused := &forge.Refusal{Reason: reasonOf(res.StatusCode, res.Header), Status: res.StatusCode, RetryAfter: retryAfter(res.Header, time.Now())}
	var answer any
	if json.Unmarshal(body, &answer) == nil {
		refused.Text = clean(messageOf(answer), r.token)
	}
	if refused.Reason == forge.Redirected {
		refused.Text = clean(res.Header.Get("Location"), r.token)
	}
	return refused
}

func (r rest) decode(res *http.Response, body []byte, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return (&forge.Refusal{Reason: forge.Broken, Status: res.StatusCode, Text: "the answer is not the JSON of this API"}).Because(err)
	}
	return nil
}

// override gives a refusal with one of the statuses another reason, which its act knows.
func override(err error, reason forge.Reason, statuses ...int) error {
	r, ok := err.(*forge.Refusal)
	if !ok {
		return err
	}
	for _, s := range statuses {
		if r.Status == s {
			c := *r
			c.Reason = reason
			return &c
		}
	}
	return err
}

// numbered refuses a pull request without a number, which is no answer of this API.
func numbered(p forge.PullRequest, err error) (forge.PullRequest, error) {
	if err == nil && p.Number <= 0 {
		err = &forge.Refusal{Reason: forge.Broken, Text: "the answer has no pull request"}
	}
	return p, err
}
