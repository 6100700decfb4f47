package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

func (s *Server) listProviders(c *fiber.Ctx) error {
	return s.drawProviders(c, fiber.StatusOK, provider.Provider{Kind: provider.OpenAICompatible}, nil)
}

// createProvider stores a provider; its key is sealed and never shown again.
func (s *Server) createProvider(c *fiber.Ctx) error {
	p, err := providerFrom(c)
	if err == nil {
		var made provider.Provider
		if made, err = s.app.Models.CreateProvider(c.UserContext(), actor(c), p, c.FormValue("api_key")); err == nil {
			return moveTo(c, s.providerPath(c, made.ID))
		}
	}
	if faults := faultsOf(err); faults != nil {
		return s.drawProviders(c, fiber.StatusUnprocessableEntity, p, faults)
	}
	return err
}

func providerID(c *fiber.Ctx) provider.ID { return provider.ID(c.Params("id")) }

func (s *Server) providerPath(c *fiber.Ctx, id provider.ID) string {
	return "/t/" + actor(c).Slug + "/providers/" + string(id)
}

func (s *Server) showProvider(c *fiber.Ctx) error {
	p, err := s.app.Models.Provider(c.UserContext(), actor(c), providerID(c))
	if err != nil {
		return err
	}
	return s.drawProvider(c, fiber.StatusOK, p, nil, nil)
}

// testProvider really asks the provider's model and shows what it said.
func (s *Server) testProvider(c *fiber.Ctx) error {
	t, err := s.app.Models.TestProvider(c.UserContext(), actor(c), providerID(c))
	if err != nil {
		return err
	}
	p, err := s.app.Models.Provider(c.UserContext(), actor(c), providerID(c))
	if err != nil {
		return err
	}
	return s.drawProvider(c, fiber.StatusOK, p, &t, nil)
}

// setProviderKey replaces the sealed key; an empty field is a slip, not a wish to have none.
func (s *Server) setProviderKey(c *fiber.Ctx) error {
	p, err := s.app.Models.Provider(c.UserContext(), actor(c), providerID(c))
	if err != nil {
		return err
	}
	key := strings.TrimSpace(c.FormValue("api_key"))
	if key == "" {
		return s.drawProvider(c, fiber.StatusUnprocessableEntity, p, nil, map[string]string{"api_key": "The new key is empty; the one that is set stays."})
	}
	if err := s.app.Models.SetProviderKey(c.UserContext(), actor(c), p.ID, key); err != nil {
		return err
	}
	return moveTo(c, s.providerPath(c, providerID(c))+"?done=key")
}

// setProviderModels replaces the models; new prices hold from now on.
func (s *Server) setProviderModels(c *fiber.Ctx) error {
	models, err := modelsFrom(c)
	if err == nil {
		err = s.app.Models.SetProviderModels(c.UserContext(), actor(c), providerID(c), models)
	}
	if err == nil {
		return moveTo(c, s.providerPath(c, providerID(c))+"?done=models")
	}
	faults := faultsOf(err)
	if faults == nil {
		return err
	}
	p, err := s.app.Models.Provider(c.UserContext(), actor(c), providerID(c))
	if err != nil {
		return err
	}
	p.Models = models
	return s.drawProvider(c, fiber.StatusUnprocessableEntity, p, nil, faults)
}

func (s *Server) deleteProvider(c *fiber.Ctx) error {
	if err := s.app.Models.DeleteProvider(c.UserContext(), actor(c), providerID(c)); err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/providers")
}
