package kit

import (
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// zoneCookie is the cookie in which app.js reports the browser's time zone.
const zoneCookie = "tz"

// longestZone is longer than the name of any time zone.
const longestZone = 64

// zones caches time zones by name, because loading one takes longer than drawing a small page.
var zones sync.Map

// TimeZone is the zone that the person set, else the one that the browser reports, else UTC.
func (v *Visit) TimeZone() *time.Location {
	name := v.User.TimeZone
	if name == "" {
		name = v.browserZone
	}
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return time.UTC
	}
	zones.Store(name, zone)
	return zone
}

// browserZone is the name of the zone that the browser reports.
func browserZone(c *fiber.Ctx) string {
	if z := c.Cookies(zoneCookie); len(z) <= longestZone {
		return z
	}
	return ""
}
