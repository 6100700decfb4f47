package gateway

import (
	"mime"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// hopByHop are headers that belong to a connection, not to the message (RFC 9110 §7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// ours are headers that the gateway does not forward, in addition to those that start with X-Session-, X-Opencode- and X-Forwarded-.
var ours = []string{"Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "Cookie", "X-Parent-Session-Id", "Forwarded", "X-Real-Ip",
	"Accept-Encoding", "Content-Length", "Host", "Expect"}

// requestHeader returns the header for the provider: the agent's header with the real API key and without the gateway's own.
func (x *exchange) requestHeader(in http.Header) http.Header {
	out := copyHeader(in, x.q.ask.Key, ours...)
	for name := range out {
		if strings.HasPrefix(name, "X-Session-") || strings.HasPrefix(name, "X-Opencode-") || strings.HasPrefix(name, "X-Forwarded-") {
			out.Del(name)
		}
	}
	out.Set("Accept-Encoding", "identity")
	if out.Get("User-Agent") == "" {
		out.Set("User-Agent", "") // otherwise the transport would add its own
	}
	authorize(out, x.grant.Kind, x.grant.APIKey)
	return out
}

// authorize adds a provider's API key in the header for its kind.
func authorize(h http.Header, kind provider.Kind, key string) {
	if kind == provider.Anthropic && h.Get("Anthropic-Version") == "" {
		h.Set("Anthropic-Version", "2023-06-01")
	}
	switch {
	case key == "":
	case kind == provider.Anthropic:
		h.Set("X-Api-Key", key)
	default:
		h.Set("Authorization", "Bearer "+key)
	}
}

// answerHeader copies the provider's header to w, except values that contain its API key, cookies and the gateway's own headers.
func (x *exchange) answerHeader(w http.ResponseWriter, res *http.Response) {
	for name, values := range copyHeader(res.Header, x.grant.APIKey, "Set-Cookie", provider.FailureHeader, provider.RetryAtHeader, provider.RawHeader) {
		w.Header()[name] = values
	}
}

// copyHeader returns a copy of h without connection headers, the headers in without, and those that contain the secret.
func copyHeader(h http.Header, secret string, without ...string) http.Header {
	out := h.Clone()
	for _, names := range h.Values("Connection") {
		for name := range strings.SplitSeq(names, ",") {
			out.Del(textproto.TrimString(name))
		}
	}
	for _, name := range append(without, hopByHop...) {
		out.Del(name)
	}
	for name, values := range out {
		if len(secret) >= leastSecret && strings.Contains(strings.Join(values, "\n"), secret) {
			out.Del(name)
		}
	}
	return out
}

func isStream(res *http.Response) bool {
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return err == nil && kind == "text/event-stream"
}
