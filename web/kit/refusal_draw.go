package kit

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/views/errs"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// drawRefusal draws a refusal as a note on the open page, as a page of the team, or as a page without a frame. A 404 never has a
// frame or a reason, so that another team's thing and a missing thing look the same.
func (s *Kit) drawRefusal(c *fiber.Ctx, r Refusal) error {
	shown := errs.Refusal{Status: r.Status, Message: r.Message, Reference: r.Reference, Back: backFrom(c)}
	note := PartsOf(NewRegion("#notes", innerHTML, errs.ErrorNote(shown)))
	bare := errs.Bare(VisitOf(c).User.Theme, shown)
	if r.Status == fiber.StatusNotFound || Actor(c).Tenant == "" || WantsPart(c) {
		return s.DrawPageOrPart(c, r.Status, bare, note)
	}
	p, err := s.NewPage(c, "", "Request refused")
	if err != nil {
		return s.DrawPageOrPart(c, r.Status, bare, note)
	}
	p.Primary = nil
	return s.DrawPageOrPart(c, r.Status, errs.Page(p, shown), note)
}

// backFrom links to the list that the thing would belong to in the person's own team.
func backFrom(c *fiber.Ctx) shell.Action {
	by := Actor(c)
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
	return shell.Action{Label: "Go to the overview", Href: list}
}

// answerOtherTeam explains that a form belongs to another team than the address. A team that the person is not in is not named.
func (s *Kit) answerOtherTeam(c *fiber.Ctx, ot otherTeam) error {
	teams, err := s.people.Teams(c.UserContext(), VisitOf(c).User.ID)
	if err != nil {
		return s.drawRefusal(c, s.RefusalOf(c, err))
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
	p, err := s.NewPage(c, "", "Another team")
	if err != nil {
		return s.drawRefusal(c, s.RefusalOf(c, err))
	}
	p.Primary = nil
	note := errs.Refusal{Status: fiber.StatusConflict, Message: errs.OtherTeamWords(drawnFor, sentTo)}
	return s.DrawPageOrPart(c, fiber.StatusConflict, errs.OtherTeam(p, drawnFor, sentTo), PartsOf(NewRegion("#notes", innerHTML, errs.ErrorNote(note))))
}
