package gateway

import (
	"mime"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// hopByHop are headers of one connection, not of the message (RFC 9110 §7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// ours are headers that end at the gateway, beside those that begin with X-Session-, X-Opencode- and X-Forwarded-.
var ours = []string{"Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "Cookie", "X-Parent-Session-Id", "Forwarded", "X-Real-Ip",
	"Accept-Encoding", "Content-Length", "Host", "Expect"}

// requestHeader is what the provider gets: the agent's header without our key and names, with the real key.
func (x *exchange) requestHeader(in http.Header) http.Header {
	out := passable(in, x.q.ask.Key, ours...)
	for name := range out {
		if strings.HasPrefix(name, "X-Session-") || strings.HasPrefix(name, "X-Opencode-") || strings.HasPrefix(name, "X-Forwarded-") {
			out.Del(name)
		}
	}
	out.Set("Accept-Encoding", "identity")
	if out.Get("User-Agent") == "" {
		out.Set("User-Agent", "") // else the transport would name itself
	}
	authorize(out, x.grant.Kind, x.grant.APIKey)
	return out
}

// authorize adds a provider's key in the way its kind expects.
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

// answerHeader puts the provider's header on w, but for what would show its key or set cookies.
func (x *exchange) answerHeader(w http.ResponseWriter, res *http.Response) {
	for name, values := range passable(res.Header, x.grant.APIKey, "Set-Cookie") {
		w.Header()[name] = values
	}
}

// passable is a copy of h without the headers of the connection, those named, and those that hold the secret.
func passable(h http.Header, secret string, without ...string) http.Header {
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
		if secret != "" && strings.Contains(strings.Join(values, "\n"), secret) {
			out.Del(name)
		}
	}
	return out
}

func isStream(res *http.Response) bool {
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return err == nil && kind == "text/event-stream"
}
