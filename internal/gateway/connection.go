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

// TestConnection really asks model for one token and says in a sentence how that went. It follows no redirect and
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
		t.Message = unreachedWords(err)
	} else {
		t.OK, t.Message = judge(status, body, model)
	}
	if key != "" {
		t.Message = strings.ReplaceAll(t.Message, key, "[key]")
	}
	return t
}

// probe sends the smallest question there is.
func probe(ctx context.Context, client *http.Client, kind provider.Kind, baseURL, key, model string) (int, []byte, error) {
	path, limit, tokens := "chat/completions", "max_tokens", 1
	switch kind {
	case provider.Anthropic:
		path = "messages"
	case provider.OpenAI:
		limit, tokens = "max_completion_tokens", 16 // its reasoning models fail with fewer
	}
	body, err := json.Marshal(map[string]any{"model": model, limit: tokens, "messages": []any{map[string]string{"role": "user", "content": "Say ok."}}})
	if err != nil {
		return 0, nil, fmt.Errorf("make question: %w", err)
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
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, answer, err
}

// judge words an answer.
func judge(status int, body []byte, model string) (ok bool, words string) {
	var a messagesOrChat
	isJSON := read(body, &a)
	said := ""
	if a.Error != "" {
		said = " It says: " + strings.TrimSuffix(text.Brief(string(a.Error), 200), ".") + "."
	}
	switch {
	case status == http.StatusOK && isJSON && a.answers():
		return true, fmt.Sprintf("The provider answers, and calls the model %s.", orElse(text.Brief(string(a.Model), 200), model))
	case status == http.StatusOK:
		return false, "The address answers, but not as a model provider. Check the base URL." + said
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return false, fmt.Sprintf("The provider refuses the key (%d).%s", status, said)
	case status == http.StatusNotFound:
		return false, fmt.Sprintf("The provider knows no such address or no model %s (404).%s", model, said)
	}
	return false, failureOf(status) + said
}

func failureOf(status int) string {
	switch {
	case status == http.StatusPaymentRequired:
		return "The provider's account has no credit (402)."
	case status == http.StatusTooManyRequests:
		return "The provider takes the key, but has no capacity for it now (429)."
	case status >= 300 && status < 400:
		return fmt.Sprintf("The address redirects elsewhere (%d), which is not followed. Set the base URL to the final one.", status)
	case status >= 500:
		return fmt.Sprintf("The provider has a failure of its own (%d). Try again later.", status)
	}
	return fmt.Sprintf("The provider refuses the question (%d).", status)
}

// messagesOrChat is as much of an answer of either protocol as tells that it is one.
type messagesOrChat struct {
	Model            word
	Choices, Content []json.RawMessage
	Error            complaint
}

func (a messagesOrChat) answers() bool {
	return a.Error == "" && (a.Choices != nil || a.Content != nil)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// unreachedWords says why there was no answer: the guard's own sentence, or the innermost cause.
func unreachedWords(err error) string {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.Message
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "The provider did not answer within 30 seconds."
	}
	return "The provider cannot be reached: " + strings.TrimSuffix(text.Brief(innermost(err).Error(), 300), ".") + "."
}

// innermost is the first cause of err: the outer ones repeat the URL.
func innermost(err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(next) {
		err = next
	}
	return err
}
