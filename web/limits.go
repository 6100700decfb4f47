package web

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Limits on a client before it is known who it is.
const (
	// headerWithin and bodyWithin are how long a request can take to arrive, because a slow one occupies a connection.
	headerWithin, bodyWithin = 10 * time.Second, 30 * time.Second
	// idleBrowser and idleProxy are how long a connection stays open between requests; a proxy keeps one for the next person.
	idleBrowser, idleProxy = 30 * time.Second, 2 * time.Minute
	// maxHeader is the size of all headers of a request together.
	maxHeader = 16 << 10
)

// answerWithin is how long a request may use the database; the test of a provider takes longest. sendWithin is how long one can take that
// sends a session's work to another host: as long as git may.
const answerWithin, sendWithin = time.Minute, time.Hour

// timeLimitOf is how long a request can take after it has arrived.
func timeLimitOf(method, path string) time.Duration {
	if method == fiber.MethodPost && strings.Contains(path, "/sessions/") && (strings.HasSuffix(path, "/push") || strings.HasSuffix(path, "/pull-request")) {
		return sendWithin
	}
	return answerWithin
}

// Sizes of bodies by what a route receives: a prompt, a list of models, a few fields.
const (
	promptBody = bodyLimit
	listBody   = 256 << 10
	fieldsBody = 64 << 10
)

// idleWithin is how long a connection stays open between requests.
func (s *Server) idleWithin() time.Duration {
	if s.behindProxy() {
		return idleProxy
	}
	return idleBrowser
}

// limitClients sets the limits that Fiber has no setting for.
func (s *Server) limitClients() {
	s.Fiber.Server().HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		path, _, _ := strings.Cut(string(h.RequestURI()), "?")
		return fasthttp.RequestConfig{ReadTimeout: bodyWithin, MaxRequestBodySize: bodyLimitOf(path)}
	}
}

// bodyLimitOf is how much a request to a path can send. It is decided before the body is read.
func bodyLimitOf(path string) int {
	if strings.HasPrefix(path, "/hooks/forge/") {
		return promptBody // what forges send has the whole pull request in it
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 3 || parts[0] != "t" && parts[0] != "api" {
		return fieldsBody
	}
	switch parts[2] {
	case "sessions", "git":
		return promptBody
	case "providers", "model-providers", "repositories":
		return listBody
	}
	return fieldsBody
}
