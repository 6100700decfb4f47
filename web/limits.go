package web

import (
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// What one client may take of the server before anybody knows who it is.
const (
	// headerWithin and bodyWithin bound how long a request may take to arrive: a slow one holds a connection.
	headerWithin, bodyWithin = 10 * time.Second, 30 * time.Second
	// maxHeader bounds all headers of a request together.
	maxHeader = 16 << 10
)

// Bodies by what a route takes: a prompt, a list of models, a few fields.
const (
	promptBody = bodyLimit
	listBody   = 256 << 10
	fieldsBody = 64 << 10
)

// limitClients sets what Fiber has no setting for.
func (s *Server) limitClients() {
	s.Fiber.Server().HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		path, _, _ := strings.Cut(string(h.RequestURI()), "?")
		return fasthttp.RequestConfig{ReadTimeout: bodyWithin, MaxRequestBodySize: bodyFor(path)}
	}
}

// bodyFor is how much a request to a path may send, known before a byte of it is read.
func bodyFor(path string) int {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 3 || parts[0] != "t" && parts[0] != "api" {
		return fieldsBody
	}
	switch parts[2] {
	case "sessions":
		return promptBody
	case "providers", "model-providers", "repositories":
		return listBody
	}
	return fieldsBody
}
