package models

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ListProviders shows the team's model providers.
func (s *Pages) ListProviders(c *fiber.Ctx) error {
	return s.drawProviders(c, fiber.StatusOK, provider.Provider{Kind: provider.OpenAICompatible}, nil)
}

// CreateProvider adds a provider. Its API key is stored encrypted and cannot be read again.
func (s *Pages) CreateProvider(c *fiber.Ctx) error {
	p, err := providerFrom(c)
	if err == nil {
		var made provider.Provider
		if made, err = s.models.CreateProvider(c.UserContext(), webkit.Actor(c), p, c.FormValue("api_key")); err == nil {
			return webkit.Redirect(c, s.providerPath(c, made.ID))
		}
	}
	if faults := webkit.FaultsOf(err); faults != nil {
		webkit.AskAgain(c, "api_key", faults)
		return s.drawProviders(c, fiber.StatusUnprocessableEntity, p, faults)
	}
	return err
}

// providerID is the provider of this address.
func providerID(c *fiber.Ctx) provider.ID { return provider.ID(c.Params("id")) }

// providerPath is the page of a provider.
func (s *Pages) providerPath(c *fiber.Ctx, id provider.ID) string {
	return "/t/" + webkit.Actor(c).Slug + "/providers/" + string(id)
}

// ShowProvider shows one provider.
func (s *Pages) ShowProvider(c *fiber.Ctx) error {
	p, err := s.models.Provider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	return s.drawProvider(c, fiber.StatusOK, p, nil, nil)
}

// TestProvider sends a request to the provider's first model and shows the result.
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

// SetProviderKey replaces the API key. An empty field is an error: it does not remove the key.
func (s *Pages) SetProviderKey(c *fiber.Ctx) error {
	p, err := s.models.Provider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	key := strings.TrimSpace(c.FormValue("api_key"))
	if key == "" {
		return s.drawProvider(c, fiber.StatusUnprocessableEntity, p, nil, map[string]string{"api_key": "Enter the new API key. The current one was not changed."})
	}
	if err := s.models.SetProviderKey(c.UserContext(), webkit.Actor(c), p.ID, key); err != nil {
		return err
	}
	return webkit.Redirect(c, s.providerPath(c, providerID(c))+"?done=key")
}

// SetProviderModels replaces the models. New prices apply to future calls.
func (s *Pages) SetProviderModels(c *fiber.Ctx) error {
	models, err := modelsFrom(c)
	if err == nil {
		err = s.models.SetProviderModels(c.UserContext(), webkit.Actor(c), providerID(c), models)
	}
	if err == nil {
		return webkit.Redirect(c, s.providerPath(c, providerID(c))+"?done=models")
	}
	return s.refuseProvider(c, err, func(p *provider.Provider) { p.Models = models })
}

// refuseProvider shows a provider again with the faults of a form, and with the values that fill puts into it.
func (s *Pages) refuseProvider(c *fiber.Ctx, err error, fill func(*provider.Provider)) error {
	faults := webkit.FaultsOf(err)
	if faults == nil {
		return err
	}
	webkit.AskAgain(c, "moved_key", faults)
	p, err := s.models.Provider(c.UserContext(), webkit.Actor(c), providerID(c))
	if err != nil {
		return err
	}
	fill(&p)
	return s.drawProvider(c, fiber.StatusUnprocessableEntity, p, nil, faults)
}

// DeleteProvider deletes a provider.
func (s *Pages) DeleteProvider(c *fiber.Ctx) error {
	if err := s.models.DeleteProvider(c.UserContext(), webkit.Actor(c), providerID(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/providers")
}
