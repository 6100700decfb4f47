package kit

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// LocalPath gives next back when it is a page of ours, else "/": an address from outside must not send people away.
func LocalPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(u.Path, "/login") {
		return "/"
	}
	return next
}

// answerStranger sends who is not signed in to the sign-in page and back to where they were.
func (s *Kit) answerStranger(c *fiber.Ctx) error {
	if strings.HasSuffix(c.Path(), "/stream") {
		// A stream's script asks again by itself and would follow a redirect into a page.
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	return MoveTo(c, loginFor(c))
}

func loginFor(c *fiber.Ctx) string {
	next := "/"
	switch {
	case c.Get("HX-Request") == "true":
		next = currentPage(c)
	case safe(c.Method()):
		next = c.OriginalURL()
	}
	if next = LocalPath(next); next == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// currentPage is the page a part was asked from.
func currentPage(c *fiber.Ctx) string {
	u, err := url.Parse(c.Get("HX-Current-URL"))
	if err != nil {
		return "/"
	}
	return u.RequestURI()
}
