package repos

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/views/repositories"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// SetForge stores where the repository's pull requests are. The page shows the form again if the forge does not accept the token.
func (s *Pages) SetForge(c *fiber.Ctx) error {
	_, err := s.repos.SetForge(c.UserContext(), webkit.Actor(c), repositoryID(c), forgeFrom(c), c.FormValue("token"))
	if err == nil {
		return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=forge-saved")
	}
	return s.refuseForge(c, err)
}

// forgeFrom reads the form of a forge.
func forgeFrom(c *fiber.Ctx) forge.Settings {
	return forge.Settings{Kind: forge.Kind(c.FormValue("kind")), API: strings.TrimSpace(c.FormValue("api_url")), Project: strings.TrimSpace(c.FormValue("project"))}
}

// refuseForge shows a repository again with the faults of the form for its forge.
func (s *Pages) refuseForge(c *fiber.Ctx, err error) error {
	faults := webkit.FaultsOf(err)
	if faults == nil {
		return err
	}
	webkit.AskAgain(c, "token", faults)
	r, err := s.repos.Repository(c.UserContext(), webkit.Actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	return s.drawRepository(c, fiber.StatusUnprocessableEntity, r, faults)
}

// MakeForgeHook makes the webhook's address and secret and shows both.
func (s *Pages) MakeForgeHook(c *fiber.Ctx) error {
	hook, key, err := s.repos.MakeForgeHook(c.UserContext(), webkit.Actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	r, err := s.repos.Repository(c.UserContext(), webkit.Actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	c.Locals(newHook, repositories.Forge{HookURL: s.kit.AbsoluteURL(c, "/hooks/forge/"+hook), HookKey: key})
	return s.drawRepository(c, fiber.StatusCreated, r, nil)
}

// newHook is where a request keeps the webhook that it made, for the page.
const newHook = "new-hook"

// RemoveForge deletes the forge of a repository with its token.
func (s *Pages) RemoveForge(c *fiber.Ctx) error {
	if err := s.repos.RemoveForge(c.UserContext(), webkit.Actor(c), repositoryID(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(repositoryID(c))+"?done=forge-removed")
}

// fillForge adds the repository's forge to its page, with the values of the form.
func (s *Pages) fillForge(c *fiber.Ctx, d *repositories.Detail) (err error) {
	d.Forge, _ = c.Locals(newHook).(repositories.Forge)
	if d.Forge.Stored, err = s.repos.Forge(c.UserContext(), webkit.Actor(c), d.Repository.ID); err != nil {
		return err
	}
	switch d.Forge.Form = d.Forge.Stored.Settings; {
	case c.FormValue("api_url") != "" || c.FormValue("project") != "":
		d.Forge.Form = forgeFrom(c)
	case !d.Forge.Stored.IsSet():
		d.Forge.Form = forge.Propose(string(d.Repository.URL))
	}
	return nil
}
