package web

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
)

const unclearEnd = "The end of this request is unclear. Send either Content-Length or Transfer-Encoding: chunked, one Host, no space before a colon, and each header on one line."

// checkFraming refuses a request that another program may read as two requests, and closes the connection, so that nothing that was
// hidden in its body is answered. Fiber's parser accepts such requests (RFC 9112, sections 5.1, 5.2 and 6.3).
func checkFraming(c *fiber.Ctx) error {
	h := &c.Request().Header
	if isClear(h.RawHeaders(), h.IsHTTP11()) {
		return c.Next()
	}
	c.Context().SetConnectionClose()
	return c.App().ErrorHandler(c, fiber.NewError(fiber.StatusBadRequest, unclearEnd))
}

// isClear reports whether every program finds the same end of a request with these header lines.
func isClear(lines []byte, version11 bool) bool {
	var lengths, encodings, hosts int
	for line := range bytes.Lines(lines) {
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.ContainsAny(name, " \t") { // a folded line begins with one
			return false
		}
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			lengths++
		case bytes.EqualFold(name, []byte("Host")):
			hosts++
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			if encodings++; !version11 || !bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked")) {
				return false
			}
		}
	}
	return lengths+encodings <= 1 && hosts <= 1
}
