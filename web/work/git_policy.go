package work

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// gitVisit is the sender of a request to the git address.
type gitVisit struct {
	actor tenant.Actor
	token string
}

type gitVisitKey struct{}

func gitVisitOf(c *fiber.Ctx) *gitVisit {
	v, ok := c.Locals(gitVisitKey{}).(*gitVisit)
	if !ok {
		return &gitVisit{}
	}
	return v
}

func gitActor(c *fiber.Ctx) tenant.Actor { return gitVisitOf(c).actor }

// GitPolicy passes a request of git on to its handler if its API token, which git sends as a password, belongs to the team of the address
// and is allowed action. Cookies are ignored. Errors are answered in plain text, which git shows to its user.
func (s *Pages) GitPolicy(action tenant.Action, h fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		err := s.checkGitToken(c, action)
		if err == nil {
			err = h(c)
		}
		if err != nil {
			return s.refuseGit(c, action, err)
		}
		return nil
	}
}

func (s *Pages) checkGitToken(c *fiber.Ctx, action tenant.Action) error {
	token := tokenOf(c.Get(fiber.HeaderAuthorization))
	if token == "" {
		return fault.New(fault.Unauthenticated, "Use an API token as the password. The user name can be anything.")
	}
	by, err := s.people.ActorForToken(c.UserContext(), token)
	if err != nil {
		return err
	}
	c.Locals(gitVisitKey{}, &gitVisit{by, token})
	if by.Slug != c.Params("slug") {
		return fault.Missing("team")
	}
	return by.May(action)
}

// tokenOf is the API token of an Authorization header, as a password or as a Bearer token.
func tokenOf(header string) string {
	if token := apitoken.FromHeader(header); token != "" {
		return strings.Clone(token)
	}
	scheme, rest, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") || len(rest) > 1000 {
		return ""
	}
	text, err := base64.StdEncoding.DecodeString(rest)
	_, password, _ := strings.Cut(string(text), ":")
	if err != nil {
		return ""
	}
	return apitoken.FromHeader("Bearer " + password)
}

// refuseGit answers an error in plain text. What belongs to another team and what does not exist get the same answer.
func (s *Pages) refuseGit(c *fiber.Ctx, action tenant.Action, err error) error {
	by, status, text := gitActor(c), 0, ""
	var fe *fiber.Error
	switch {
	case errors.As(err, &fe):
		status, text = fe.Code, fe.Message
	case fault.Is(err, fault.NotFound):
		status, text = fiber.StatusNotFound, "Nothing at this address is visible to this token."
	default:
		r := s.kit.RefusalOf(c, err)
		status, text = r.Status, r.Message
	}
	if status == fiber.StatusForbidden && by.Tenant != "" {
		s.kernel.Refused(c.UserContext(), by, string(action), "", c.Method()+" "+c.Route().Path+": "+text)
	}
	if status == fiber.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Basic realm="git"`)
	}
	c.Response().ResetBody()
	c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
	return c.Status(status).SendString(text + "\n")
}

// fetchCommand is the command that fetches a session's branch from this server at origin; empty if there is none.
func fetchCommand(origin, slug string, v session.Session) string {
	if v.RepositoryName == "" || v.Branch == "" { // without a name the repository was deleted
		return ""
	}
	return "git fetch " + origin + "/t/" + slug + "/git/" + url.PathEscape(v.RepositoryName) + " " + v.Branch
}
