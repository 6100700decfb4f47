package gateway_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
)

// packers compress as providers do that ignore what the gateway asks for.
var packers = map[string]func(io.Writer) io.WriteCloser{
	"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"x-gzip":  func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
}

func packed(t *testing.T, encoding, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := packers[encoding](&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sends answers each call with status, type, encoding and body.
func sends(status int, kind, encoding, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Encoding", encoding)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// plainly calls without accepting a compressed response, which Go's client would unpack by itself.
func plainly(t *testing.T, h *house, stream bool) (*http.Response, string) {
	t.Helper()
	req := request(deadline(t), h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", stream))
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(got)
}

// A response that was compressed although the request forbids it is unpacked, so that it is metered and judged as any other.
func TestAPackedResponseIsReadAsAnyOther(t *testing.T) {
	t.Parallel()
	usage := `{"choices":[{"delta":{},"finish_reason":"odd"}],"usage":{"prompt_tokens":5,"completion_tokens":6}}`
	whole := `{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":6}}`
	for encoding := range packers {
		for name, c := range map[string]struct {
			status     int
			kind, body string
			stream     bool
			want       string
			isExact    bool
			wantStatus int
		}{
			"stream":                 {200, "text/event-stream", sse(chatText, usage, "[DONE]"), true, "half an answer", true, 200},
			"finish reason":          {200, "text/event-stream", sse(chatText, usage, "[DONE]"), true, `"finish_reason":"stop"`, true, 200},
			"unmarked stream":        {200, "text/plain", sse(chatText, usage, "[DONE]"), true, "half an answer", true, 200},
			"whole":                  {200, "application/json", whole, false, whole, true, 200},
			"page":                   {200, "text/html", "<html>Sign in</html>", true, "a web page", false, 502},
			"empty":                  {200, "text/event-stream", sse("[DONE]"), true, "is empty", false, 502},
			"no reason":              {200, "text/event-stream", sse(chatText, "[DONE]"), true, "without a finish reason", false, 200},
			"whole, asked to stream": {200, "application/json", whole, true, "a whole response although", true, 502},
			"refusal":                {400, "application/json", `{"error":{"message":"no ` + realKey + ` here"}}`, true, "no [key] here", false, 400},
		} {
			h := bounded(t, gateway.Options{}, sends(c.status, c.kind, encoding, packed(t, encoding, c.body)))
			res, got := plainly(t, h, c.stream)
			if res.StatusCode != c.wantStatus || !strings.Contains(got, c.want) || res.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s, %s: %d %v %q", encoding, name, res.StatusCode, res.Header, got)
			}
			if r := h.recorded(t); r.Estimated == c.isExact && c.isExact || strings.Contains(r.Error, realKey) {
				t.Errorf("%s, %s: recorded %+v", encoding, name, r.Call)
			}
		}
	}
}

// A small compressed response that would become a huge one ends at the limit of its unpacked size.
func TestAPackedResponseIsBounded(t *testing.T) {
	t.Parallel()
	huge := map[string]string{"text/event-stream": strings.Repeat(sse(chatText), 20_000), "application/json": strings.Repeat(" ", 1<<20), "text/plain": strings.Repeat(": keep-alive\n\n", 50_000)}
	for kind, body := range huge {
		h := bounded(t, gateway.Options{AnswerBytes: 64 << 10}, sends(200, kind, "gzip", packed(t, "gzip", body)))
		if _, got := plainly(t, h, kind != "application/json"); !strings.Contains(got, "larger than 64 KiB") || len(got) > 200<<10 {
			t.Errorf("%s: %d bytes: …%s", kind, len(got), got[max(0, len(got)-300):])
		}
		if r := h.recorded(t); !strings.Contains(r.Error, "--max-response-size") {
			t.Errorf("%s: recorded %q", kind, r.Error)
		}
	}
}

// Compression that the gateway cannot undo is an error of the provider: nothing in the response could be metered, judged or scrubbed.
func TestAnUnknownCompressionIsRefused(t *testing.T) {
	t.Parallel()
	for kind, status := range map[string]int{"text/event-stream": 200, "application/json": 200, "text/plain": 500} {
		h := bounded(t, gateway.Options{}, sends(status, kind, "br", strings.Repeat("p", 40)))
		res, got := plainly(t, h, true)
		if status == 200 && (res.StatusCode != 424 || !strings.Contains(got, `compressed (br) although`)) || strings.Contains(got, "pppp") {
			t.Errorf("%s: %d %q", kind, res.StatusCode, got)
		}
		if r := h.recorded(t); r.Error == "" {
			t.Errorf("%s: recorded %+v", kind, r.Call)
		}
	}
}

// Each event of a compressed stream reaches the client when it comes.
func TestAPackedStreamIsNotHeldBack(t *testing.T) {
	t.Parallel()
	seen := make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, sse(chatText))
		_ = z.Flush()
		_ = http.NewResponseController(w).Flush()
		<-seen
		_, _ = io.WriteString(z, sse(chatStop, "[DONE]"))
		_ = z.Close()
	}))
	defer up.Close()
	h := newHouse(t, provider.OpenAICompatible)
	h.grant.BaseURL = up.URL
	res, err := http.DefaultClient.Do(request(deadline(t), h.url+"/chat/completions", processKey, prompt("chat/completions", "hi", true)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	first := make([]byte, len(sse(chatText)))
	if _, err := io.ReadFull(res.Body, first); err != nil || string(first) != sse(chatText) {
		t.Fatalf("%v %q", err, first)
	}
	close(seen)
	if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != sse(chatStop, "[DONE]") {
		t.Errorf("%v %q", err, rest)
	}
}
