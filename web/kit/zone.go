package kit

import (
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// zoneCookie is what app.js tells of the browser's time zone; it names a zone and nothing else.
const zoneCookie = "tz"

// longestZone is longer than any name of a zone.
const longestZone = 64

// zones are those that were asked for: reading one takes longer than drawing a small page.
var zones sync.Map

// TimeZone is the person's own setting, else what the browser says, else UTC.
func (v *Visit) TimeZone() *time.Location {
	name := v.User.TimeZone
	if name == "" {
		name = v.browserZone
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return time.UTC
	}
	zones.Store(name, zone)
	return zone
}

func browserZone(c *fiber.Ctx) string {
	if z := c.Cookies(zoneCookie); len(z) <= longestZone {
		return z
	}
	return ""
}
