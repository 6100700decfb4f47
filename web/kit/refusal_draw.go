package kit

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/views/errs"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// drawRefusal shows a refusal as a note on the page that asked, as a page of the team, or bare. What is missing is always bare and
// never says why, so that a foreign thing and none look the same.
func (s *Kit) drawRefusal(c *fiber.Ctx, r refusal) error {
	shown := errs.Refusal{Status: r.Status, Message: r.Message, Reference: r.Reference, Back: backFrom(c)}
	note := Parts(NewRegion("#notes", replaced, errs.ErrorNote(shown)))
	bare := errs.Bare(VisitOf(c).User.Theme, shown)
	if r.Status == fiber.StatusNotFound || Actor(c).Tenant == "" || Partial(c) {
		return s.Show(c, r.Status, bare, note)
	}
	p, err := s.Frame(c, "", "Not done")
	if err != nil {
		return s.Show(c, r.Status, bare, note)
	}
	p.Primary = nil
	return s.Show(c, r.Status, errs.Page(p, shown), note)
}

// backFrom leads to the list a thing of the person's own team would stand in.
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
	return shell.Action{Label: "To the overview", Href: list}
}

// answerOtherTeam explains a form that was drawn for one team and sent to another's address. A team the person is not in is not named.
func (s *Kit) answerOtherTeam(c *fiber.Ctx, ot otherTeam) error {
	teams, err := s.people.Teams(c.UserContext(), VisitOf(c).User.ID)
	if err != nil {
		return s.drawRefusal(c, s.Refuse(c, err))
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
	p, err := s.Frame(c, "", "Another team")
	if err != nil {
		return s.drawRefusal(c, s.Refuse(c, err))
	}
	p.Primary = nil
	note := errs.Refusal{Status: fiber.StatusConflict, Message: errs.OtherTeamWords(drawnFor, sentTo)}
	return s.Show(c, fiber.StatusConflict, errs.OtherTeam(p, drawnFor, sentTo), Parts(NewRegion("#notes", replaced, errs.ErrorNote(note))))
}
