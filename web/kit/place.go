package kit

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/web/places"
)

// EnterFetch counts a git fetch of a person, unless the person or the server has as many as allowed. The caller leaves exactly once.
func (s *Kit) EnterFetch(u tenant.UserID, perPerson, perServer int) (leave func(), ok bool) {
	return s.fetches.Enter(places.Key{Name: "person " + string(u), Most: perPerson}, places.Key{Name: "server", Most: perServer})
}

// KeepPlace returns what a stream calls at its end; until then its request counts as in progress.
func KeepPlace(c *fiber.Ctx) (leave func()) { return places.Keep(c) }
