package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

func (s *Server) listRepositories(c *fiber.Ctx) error {
	return s.drawRepositories(c, fiber.StatusOK, repository.Repository{DefaultBranch: "main"}, nil)
}

// createRepository registers a repository; its clone begins behind it and shows on the list.
func (s *Server) createRepository(c *fiber.Ctx) error {
	r := repositoryFrom(c)
	made, err := s.app.Repos.CreateRepository(c.UserContext(), actor(c), r, c.FormValue("credential"))
	if faults := faultsOf(err); faults != nil {
		return s.drawRepositories(c, fiber.StatusUnprocessableEntity, r, faults)
	}
	if err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/repositories/"+string(made.ID))
}

func repositoryFrom(c *fiber.Ctx) repository.Repository {
	return repository.Repository{Name: strings.TrimSpace(c.FormValue("name")), URL: strings.TrimSpace(c.FormValue("url")),
		Path: strings.TrimSpace(c.FormValue("path")), DefaultBranch: strings.TrimSpace(c.FormValue("default_branch")),
		CheckCommands: lines(c.FormValue("check_commands"))}
}

// lines cuts a text area into its lines that say something.
func lines(text string) []string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

func (s *Server) showRepository(c *fiber.Ctx) error {
	r, err := s.app.Repos.Repository(c.UserContext(), actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	return s.drawRepository(c, fiber.StatusOK, r, nil)
}

func repositoryID(c *fiber.Ctx) repository.ID { return repository.ID(c.Params("id")) }

// updateRepository changes what may change: the default branch and the check commands.
func (s *Server) updateRepository(c *fiber.Ctx) error {
	r, err := s.app.Repos.Repository(c.UserContext(), actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	form := repositoryFrom(c)
	r.DefaultBranch, r.CheckCommands = form.DefaultBranch, form.CheckCommands
	err = s.app.Repos.UpdateRepository(c.UserContext(), actor(c), r)
	if faults := faultsOf(err); faults != nil {
		return s.drawRepository(c, fiber.StatusUnprocessableEntity, r, faults)
	}
	if err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/repositories/"+string(r.ID)+"?done=saved")
}

// retryClone clones again after a failure.
func (s *Server) retryClone(c *fiber.Ctx) error {
	if err := s.app.Repos.RetryClone(c.UserContext(), actor(c), repositoryID(c)); err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/repositories/"+c.Params("id"))
}

func (s *Server) deleteRepository(c *fiber.Ctx) error {
	if err := s.app.Repos.DeleteRepository(c.UserContext(), actor(c), repositoryID(c)); err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/repositories")
}
