package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// TestConnection sends a real one-token request to model and describes the result in a sentence. It follows no redirects and
// waits at most 30 seconds.
func TestConnection(ctx context.Context, client *http.Client, kind provider.Kind, baseURL, key, model string) provider.Test {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	started := time.Now()
	status, body, err := probe(ctx, &once, kind, baseURL, key, model)
	t := provider.Test{Status: status, Model: model, LatencyMS: time.Since(started).Milliseconds()}
	if err != nil {
		t.Message = unreachableMessage(err)
	} else {
		t.OK, t.Message = interpret(status, body, model)
	}
	t.Message = scrubKey(t.Message, key)
	return t
}

// probe sends the smallest possible request.
func probe(ctx context.Context, client *http.Client, kind provider.Kind, baseURL, key, model string) (int, []byte, error) {
	path, limit, tokens := "chat/completions", "max_tokens", 1
	switch kind {
	case provider.Anthropic:
		path = "messages"
	case provider.OpenAI:
		limit, tokens = "max_completion_tokens", 16 // OpenAI's reasoning models fail with fewer
	}
	body, err := json.Marshal(map[string]any{"model": model, limit: tokens, "messages": []any{map[string]string{"role": "user", "content": "Say ok."}}})
	if err != nil {
		return 0, nil, fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(baseURL, "/")+"/"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	authorize(req.Header, kind, key)
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	if b := unpack(res); b != nil {
		return 0, nil, fault.New(fault.Unavailable, "%s", b.sentence)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, answer, err
}

// interpret describes a response in a sentence.
func interpret(status int, body []byte, model string) (ok bool, words string) {
	var a messagesOrChat
	isJSON := read(body, &a)
	detail := ""
	if a.Error.message != "" {
		detail = " Its message: " + strings.TrimSuffix(text.Brief(a.Error.message, 200), ".") + "."
	}
	switch {
	case status == http.StatusOK && isJSON && a.isResponse():
		return true, fmt.Sprintf("Connected. The provider reports the model %s.", orElse(text.Brief(string(a.Model), 200), model))
	case status == http.StatusOK:
		return false, "The server responded, but not like a model provider. Check the base URL." + detail
	case status == http.StatusUnauthorized:
		return false, "The provider rejected the API key (401)." + detail
	case isSpent(status, a.Error.code, a.Error.message):
		return false, failureOf(http.StatusPaymentRequired) + detail
	case status == http.StatusForbidden:
		return false, "The provider does not allow this request (403). Check what the account and the API key may use." + detail
	case status == http.StatusNotFound:
		return false, fmt.Sprintf("The provider did not find this URL or the model %s (404).%s", model, detail)
	}
	return false, failureOf(status) + detail
}

func failureOf(status int) string {
	switch {
	case status == http.StatusPaymentRequired:
		return "The provider account has no credit left (402)."
	case status == http.StatusRequestEntityTooLarge:
		return "The provider does not accept requests of this size (413)."
	case status == http.StatusTooManyRequests:
		return "The provider accepted the API key but has reached a rate limit (429). Try again later."
	case status >= 300 && status < 400:
		return fmt.Sprintf("The provider redirects to another URL (%d), and redirects are not followed. Set the base URL to the final URL.", status)
	case status >= 500:
		return fmt.Sprintf("The provider returned an error (%d). Try again later.", status)
	}
	return fmt.Sprintf("The provider rejected the request (%d).", status)
}

// messagesOrChat contains the fields that identify a response of either protocol.
type messagesOrChat struct {
	Model            word
	Choices, Content []json.RawMessage
	Error            complaint
}

func (a messagesOrChat) isResponse() bool {
	return a.Error.message == "" && (a.Choices != nil || a.Content != nil)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// unreachableMessage says why there was no response: the guard's message, or the innermost cause.
func unreachableMessage(err error) string {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.Message
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "The provider did not respond within 30 seconds."
	}
	return "Cannot connect to the provider: " + strings.TrimSuffix(text.Brief(innermost(err).Error(), 300), ".") + "."
}

// innermost returns the first cause of err, because the outer ones repeat the URL.
func innermost(err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(next) {
		err = next
	}
	return err
}
