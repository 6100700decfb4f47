package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/static"
)

// serveAsset serves an embedded file. Browsers cache a name with a hash forever and check any other name again.
func (s *Server) serveAsset(c *fiber.Ctx) error {
	a, ok := static.Lookup(c.Params("*"))
	if !ok {
		return fault.Missing("page")
	}
	return answerAsset(c, a)
}

// answerAsset sends an asset, or only the news that the browser's copy is the same.
func answerAsset(c *fiber.Ctx, a static.Asset) error {
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if a.Forever {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	c.Set(fiber.HeaderContentType, a.Type)
	c.Set(fiber.HeaderETag, a.ETag)
	if c.Get(fiber.HeaderIfNoneMatch) == a.ETag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	return sendAsset(c, a)
}

func sendAsset(c *fiber.Ctx, a static.Asset) error {
	c.Append(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if a.Gzip != nil && strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(a.Gzip)
	}
	return c.Send(a.Body)
}
