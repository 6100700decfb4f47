package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/views/errs"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// drawRefusal shows a refusal as a note on the page that asked, as a page of the team, or bare. What is missing is always bare and
// never says why, so that a foreign thing and none look the same.
func (s *Server) drawRefusal(c *fiber.Ctx, r refusal) error {
	shown := errs.Refusal{Status: r.status, Message: r.message, Reference: r.reference, Back: backFrom(c)}
	note := parts(newRegion("#notes", replaced, errs.ErrorNote(shown)))
	bare := errs.Bare(visitOf(c).user.Theme, shown)
	if r.status == fiber.StatusNotFound || actor(c).Tenant == "" || partial(c) {
		return s.show(c, r.status, bare, note)
	}
	p, err := s.frame(c, "", "Not done")
	if err != nil {
		return s.show(c, r.status, bare, note)
	}
	p.Primary = nil
	return s.show(c, r.status, errs.Page(p, shown), note)
}

// backFrom leads to the list a thing of the person's own team would stand in.
func backFrom(c *fiber.Ctx) shell.Action {
	by := actor(c)
	if by.Tenant == "" {
		return shell.Action{}
	}
	list := "/t/" + by.Slug
	switch nounAt(c.Path()) {
	case "session":
		return shell.Action{Label: "All sessions", Href: list + "/sessions"}
	case "repository":
		return shell.Action{Label: "All repositories", Href: list + "/repositories"}
	case "provider":
		return shell.Action{Label: "All model providers", Href: list + "/providers"}
	}
	return shell.Action{Label: "To the overview", Href: list}
}

// answerOtherTeam explains a form that was drawn for one team and sent to another's address. A team the person is not in is not named.
func (s *Server) answerOtherTeam(c *fiber.Ctx, ot otherTeam) error {
	teams, err := s.app.People.Teams(c.UserContext(), visitOf(c).user.ID)
	if err != nil {
		return s.drawRefusal(c, s.refuse(c, err))
	}
	var drawnFor, sentTo shell.Team
	for _, m := range teams {
		switch t := (shell.Team{Slug: m.Tenant.Slug, Name: m.Tenant.Name, Role: m.Role}); t.Slug {
		case ot.form:
			drawnFor = t
		case ot.url:
			sentTo = t
		}
	}
	p, err := s.frame(c, "", "Another team")
	if err != nil {
		return s.drawRefusal(c, s.refuse(c, err))
	}
	p.Primary = nil
	note := errs.Refusal{Status: fiber.StatusConflict, Message: errs.OtherTeamWords(drawnFor, sentTo)}
	return s.show(c, fiber.StatusConflict, errs.OtherTeam(p, drawnFor, sentTo), parts(newRegion("#notes", replaced, errs.ErrorNote(note))))
}
