package forge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

const (
	// maxAnswer is the largest answer that is read.
	maxAnswer = 4 << 20
	// maxText is the longest text of a forge that is kept: a title, a name, an error message.
	maxText = 300
	// maxURL is the longest URL of a forge that is kept.
	maxURL = 1000
)

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)

// bounded limits the answers of a transport.
type bounded struct{ next http.RoundTripper }

// RoundTrip sends a request; reading its answer fails beyond maxAnswer.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err == nil {
		res.Body = &boundedBody{res.Body, maxAnswer}
	}
	return res, err
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read reads at most what is left of the bound.
func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// clean makes one short line of a forge's text: without control characters, marks of direction, and tok.
func clean(s, tok string) string {
	if tok != "" {
		s = strings.ReplaceAll(s, tok, "***")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text.Cut(s, 8*maxText), "�"))
	return text.Brief(strings.Join(strings.Fields(s), " "), maxText)
}

// link returns a URL that a page can link to; "" for anything but http and https.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

// commit returns a commit ID, or "" if s is none.
func commit(s string) string {
	if len(s) != 40 && len(s) != 64 || strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return s
}

// names cleans a list of names, of which it keeps at most 50.
func names(all []string) []string {
	var kept []string
	for _, s := range all[:min(len(all), 50)] {
		if s = clean(s, ""); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// messageOf collects the messages in a decoded error answer: texts under message, error and errors, however deep they are.
func messageOf(v any) string {
	var found []string
	collect(v, 0, &found)
	return strings.Join(found, "; ")
}

func collect(v any, depth int, found *[]string) {
	if depth > 4 || len(*found) >= 10 {
		return
	}
	switch v := v.(type) {
	case string:
		*found = append(*found, v)
	case []any:
		for _, one := range v {
			collect(one, depth+1, found)
		}
	case map[string]any:
		collectFields(v, depth, found)
	}
}

// collectFields reads message, error and errors of an answer or of an item in errors. Elsewhere the names are those of fields.
func collectFields(m map[string]any, depth int, found *[]string) {
	isError := false
	for _, name := range []string{"message", "error", "errors"} {
		if one, ok := m[name]; ok {
			isError = true
			collect(one, depth+1, found)
		}
	}
	if isError || depth == 0 {
		return
	}
	for name, one := range m {
		if list, ok := one.([]any); ok {
			one = messageOf(list)
		}
		if s, ok := one.(string); ok && s != "" {
			*found = append(*found, name+": "+s)
		}
	}
}

// reasonOf is the reason that a status has on every forge. Adapters know better for some acts.
func reasonOf(status int, h http.Header) forge.Reason {
	switch {
	case status == http.StatusUnauthorized:
		return forge.BadToken
	case status == http.StatusTooManyRequests, status == http.StatusForbidden && (h.Get("Retry-After") != "" || h.Get("X-RateLimit-Remaining") == "0"):
		return forge.Limited
	case status == http.StatusForbidden:
		return forge.Forbidden
	case status == http.StatusNotFound, status == http.StatusGone:
		return forge.Missing
	case status == http.StatusMethodNotAllowed:
		return forge.NotAllowed
	case status == http.StatusConflict:
		return forge.Exists
	case status >= 300 && status < 400:
		return forge.Redirected
	case status >= 400 && status < 500:
		return forge.Invalid
	}
	return forge.Broken
}

// retryAfter reads when a forge accepts requests again: at most an hour.
func retryAfter(h http.Header, now time.Time) time.Duration {
	d := time.Duration(0)
	var n int64
	if _, err := fmt.Sscanf(h.Get("Retry-After"), "%d", &n); err == nil && n > 0 {
		d = time.Duration(min(n, 3600)) * time.Second
	} else if _, err := fmt.Sscanf(h.Get("X-RateLimit-Reset"), "%d", &n); err == nil && n > 0 {
		d = time.Unix(min(n, now.Unix()+3600), 0).Sub(now)
	}
	return min(max(d, 0), time.Hour)
}

// isTooLarge reports whether reading an answer failed because of its size.
func isTooLarge(err error) bool { return errors.Is(err, errTooLarge) }
