package models

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func (s *Pages) ListProviders(c *fiber.Ctx) error {
	return s.drawProviders(c, fiber.StatusOK, provider.Provider{Kind: provider.OpenAICompatible}, nil)
}

// CreateProvider stores a provider; its key is sealed and never shown again.
func (s *Pages) CreateProvider(c *fiber.Ctx) error {
	p, err := providerFrom(c)
	if err == nil {
		var made provider.Provider
		if made, err = s.models.CreateProvider(c.UserContext(), webkit.Actor(c), p, c.FormValue("api_key")); err == nil {
			return webkit.MoveTo(c, s.providerPath(c, made.ID))
		}
	}
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawProviders(c, fiber.StatusUnprocessableEntity, p, faults)
	}
	return err
}

func providerID(c *fiber.Ctx) provider.ID { return provider.ID(c.Params("id")) }

func (s *Pages) providerPath(c *fiber.Ctx, id provider.ID) string {
	return "/t/" + webkit.Actor(c).Slug + "/providers/" + string(id)
}

func (s *Pages) ShowProvider(c *fiber.Ctx) error {
	p, err := s.models.Provider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	return s.drawProvider(c, fiber.StatusOK, p, nil, nil)
}

// TestProvider really asks the provider's model and shows what it said.
func (s *Pages) TestProvider(c *fiber.Ctx) error {
	t, err := s.models.TestProvider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	p, err := s.models.Provider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	return s.drawProvider(c, fiber.StatusOK, p, &t, nil)
}

// SetProviderKey replaces the sealed key; an empty field is a slip, not a wish to have none.
func (s *Pages) SetProviderKey(c *fiber.Ctx) error {
	p, err := s.models.Provider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	key := strings.TrimSpace(c.FormValue("api_key"))
	if key == "" {
		return s.drawProvider(c, fiber.StatusUnprocessableEntity, p, nil, map[string]string{"api_key": "The new key is empty; the one that is set stays."})
	}
	if err := s.models.SetProviderKey(c.UserContext(), webkit.Actor(c), p.ID, key); err != nil {
		return err
	}
	return webkit.MoveTo(c, s.providerPath(c, providerID(c))+"?done=key")
}

// SetProviderModels replaces the models; new prices hold from now on.
func (s *Pages) SetProviderModels(c *fiber.Ctx) error {
	models, err := modelsFrom(c)
	if err == nil {
		err = s.models.SetProviderModels(c.UserContext(), webkit.Actor(c), providerID(c), models)
	}
	if err == nil {
		return webkit.MoveTo(c, s.providerPath(c, providerID(c))+"?done=models")
	}
	faults := webkit.FaultsOf(err)
	if faults == nil {
		return err
	}
	p, err := s.models.Provider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	p.Models = models
	return s.drawProvider(c, fiber.StatusUnprocessableEntity, p, nil, faults)
}

func (s *Pages) DeleteProvider(c *fiber.Ctx) error {
	if err := s.models.DeleteProvider(c.UserContext(), webkit.Actor(c), providerID(c)); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+webkit.Actor(c).Slug+"/providers")
}
