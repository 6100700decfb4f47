package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

const (
	compressed = "This server does not accept compressed requests. Send the body uncompressed, without Content-Encoding."
	notAForm   = "The server could not read this form. Send it with Content-Type: application/x-www-form-urlencoded."
	notJSON    = "Send JSON with Content-Type: application/json."
)

// checkBody rejects bodies that would take more memory than they have bytes: compressed ones and multipart forms. It runs before
// anything reads a body, and for every path, because reading one form field is enough to unpack a body.
func checkBody(c *fiber.Ctx) error {
	for _, encoding := range c.Request().Header.PeekAll(fiber.HeaderContentEncoding) {
		if e := strings.TrimSpace(string(encoding)); e != "" && !strings.EqualFold(e, "identity") && !isPackedFetch(c, e) {
			return fiber.NewError(fiber.StatusUnsupportedMediaType, compressed)
		}
	}
	if strings.HasPrefix(mediaType(c), "multipart/") {
		if strings.HasPrefix(c.Path(), webkit.APIPrefix+"/") {
			return fiber.NewError(fiber.StatusUnsupportedMediaType, notJSON)
		}
		return fiber.NewError(fiber.StatusUnsupportedMediaType, notAForm)
	}
	return c.Next()
}

// isPackedFetch reports whether a request is one of git for the git address, whose handler unpacks it after it has checked the token. git
// packs requests that list many commits, and has no setting to turn that off.
func isPackedFetch(c *fiber.Ctx, encoding string) bool {
	parts := strings.Split(c.Path(), "/")
	return c.Method() == fiber.MethodPost && len(parts) == 6 && parts[1] == "t" && parts[3] == "git" && parts[5] == "git-upload-pack" &&
		(strings.EqualFold(encoding, "gzip") || strings.EqualFold(encoding, "x-gzip")) && len(c.Request().Header.PeekAll(fiber.HeaderContentEncoding)) == 1
}

// checkForm rejects a body on a page that is not a urlencoded form.
func checkForm(c *fiber.Ctx) error {
	switch kind := mediaType(c); {
	case kind == fiber.MIMEApplicationForm:
		c.Request().Header.SetContentType(kind) // the parser of forms expects lower case
	case kind != "" || len(c.Request().Body()) > 0:
		return fiber.NewError(fiber.StatusUnsupportedMediaType, notAForm)
	}
	return c.Next()
}

// mediaType is the type of a body without its parameters, in lower case.
func mediaType(c *fiber.Ctx) string {
	kind, _, _ := strings.Cut(string(c.Request().Header.ContentType()), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}
