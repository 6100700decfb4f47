package kit

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// LocalPath returns next if it is a page of this server, else "/", so that a link from outside cannot redirect people to another site.
func LocalPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(u.Path, "/login") {
		return "/"
	}
	return next
}

// answerStranger redirects a person who is not signed in to the sign-in page, which leads back here.
func (s *Kit) answerStranger(c *fiber.Ctx) error {
	if strings.HasSuffix(c.Path(), "/stream") {
		// The script of a stream reconnects by itself and would follow a redirect into a page.
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return Redirect(c, signInPath(c))
}

// signInPath is the sign-in page, with the page to return to.
func signInPath(c *fiber.Ctx) string {
	next := "/"
	switch {
	case c.Get("HX-Request") == "true":
		next = currentPage(c)
	case isSafe(c.Method()):
		next = c.OriginalURL()
	}
	if next = LocalPath(next); next == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// currentPage is the page that requested a part.
func currentPage(c *fiber.Ctx) string {
	u, err := url.Parse(c.Get("HX-Current-URL"))
	if err != nil {
		return "/"
	}
	return u.RequestURI()
}
