package repos

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ListRepositories shows the team's repositories.
func (s *Pages) ListRepositories(c *fiber.Ctx) error {
	return s.drawRepositories(c, fiber.StatusOK, repository.Repository{DefaultBranch: "main"}, nil)
}

// CreateRepository adds a repository. It is cloned in the background, and the pages show the progress.
func (s *Pages) CreateRepository(c *fiber.Ctx) error {
	r := repositoryFrom(c)
	made, err := s.repos.CreateRepository(c.UserContext(), webkit.Actor(c), r, c.FormValue("credential"))
	if faults := webkit.FaultsOf(err); faults != nil {
		webkit.AskAgain(c, "credential", faults)
		return s.drawRepositories(c, fiber.StatusUnprocessableEntity, r, faults)
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(made.ID))
}

// repositoryFrom reads the form of a repository.
func repositoryFrom(c *fiber.Ctx) repository.Repository {
	return repository.Repository{Name: strings.TrimSpace(c.FormValue("name")), URL: strings.TrimSpace(c.FormValue("url")),
		Path: strings.TrimSpace(c.FormValue("path")), DefaultBranch: strings.TrimSpace(c.FormValue("default_branch")),
		CheckCommands: splitLines(c.FormValue("check_commands")), ChecksInShell: c.FormValue("checks_in_shell") == "yes"}
}

// splitLines splits a text area into its lines without the empty ones.
func splitLines(text string) []string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// ShowRepository shows one repository.
func (s *Pages) ShowRepository(c *fiber.Ctx) error {
	r, err := s.repos.Repository(c.UserContext(), webkit.Actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	return s.drawRepository(c, fiber.StatusOK, r, nil)
}

// repositoryID is the repository of this address.
func repositoryID(c *fiber.Ctx) repository.ID { return repository.ID(c.Params("id")) }

// UpdateRepository saves what can be edited: the default branch and the check commands.
func (s *Pages) UpdateRepository(c *fiber.Ctx) error {
	r, err := s.repos.Repository(c.UserContext(), webkit.Actor(c), repositoryID(c))
	if err != nil {
		return err
	}
	form := repositoryFrom(c)
	r.DefaultBranch, r.CheckCommands, r.ChecksInShell = form.DefaultBranch, form.CheckCommands, form.ChecksInShell
	err = s.repos.UpdateRepository(c.UserContext(), webkit.Actor(c), r)
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawRepository(c, fiber.StatusUnprocessableEntity, r, faults)
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+string(r.ID)+"?done=saved")
}

// RetryClone clones again after a failure.
func (s *Pages) RetryClone(c *fiber.Ctx) error {
	if err := s.repos.RetryClone(c.UserContext(), webkit.Actor(c), repositoryID(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories/"+c.Params("id"))
}

// DeleteRepository removes a repository from the team.
func (s *Pages) DeleteRepository(c *fiber.Ctx) error {
	if err := s.repos.DeleteRepository(c.UserContext(), webkit.Actor(c), repositoryID(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/repositories")
}
