package work

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowPullForm shows the form for a session's pull request, with what is proposed.
func (s *Pages) ShowPullForm(c *fiber.Ctx) error {
	return s.drawPullForm(c, fiber.StatusOK, nil, sessions.PullForm{})
}

// OpenPull pushes the session's work and opens a pull request. What was typed is shown again if that is refused.
func (s *Pages) OpenPull(c *fiber.Ctx) error {
	n := pullFrom(c)
	_, err := s.work.OpenPull(c.UserContext(), webkit.Actor(c), sessionID(c), n)
	if err == nil {
		return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/sessions/"+string(sessionID(c))+"?done=pull-opened")
	}
	faults := webkit.FaultsOf(err)
	if faults == nil && (forge.ReasonOf(err) != "" || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Unavailable)) {
		faults = map[string]string{"": forge.Sentence(err)}
	}
	if faults == nil {
		return err
	}
	return s.drawPullForm(c, fiber.StatusUnprocessableEntity, &n, sessions.PullForm{Faults: faults, Reported: forge.TextOf(err)})
}

// pullFrom reads the form of a pull request. The box is there, so a box without a tick is no.
func pullFrom(c *fiber.Ctx) appwork.NewPull {
	draft := c.FormValue("draft") == "yes"
	return appwork.NewPull{Base: strings.TrimSpace(c.FormValue("base")), Branch: strings.TrimSpace(c.FormValue("branch")), Title: strings.TrimSpace(c.FormValue("title")),
		Body: strings.ReplaceAll(c.FormValue("body"), "\r\n", "\n"), Draft: &draft}
}

// protectionWithin limits how long the form waits for the forge; without an answer it says nothing about protection.
const protectionWithin = 4 * time.Second

// drawPullForm draws the form with what was typed, or with the proposal.
func (s *Pages) drawPullForm(c *fiber.Ctx, status int, typed *appwork.NewPull, form sessions.PullForm) (err error) {
	ctx, by, id := c.UserContext(), webkit.Actor(c), sessionID(c)
	var open *session.Pull
	if form.Proposal, form.Forge, open, err = s.work.ProposePull(ctx, by, id); err != nil {
		return err
	}
	if open != nil && typed == nil {
		return webkit.Redirect(c, "/t/"+by.Slug+"/sessions/"+string(id))
	}
	form.Protection = s.readProtection(ctx, by, id, form.Proposal.Base)
	if typed != nil {
		form.Proposal.Base, form.Proposal.Branch, form.Proposal.Title, form.Proposal.Body, form.Proposal.Draft = typed.Base, typed.Branch, typed.Title, typed.Body, *typed.Draft
	}
	g, err := s.readSession(ctx, by, id)
	if err != nil {
		return err
	}
	p, d, err := s.detailFrame(c, g)
	if err != nil {
		return err
	}
	p.Stream = "" // what a person types is not replaced
	part := webkit.PartsOf(webkit.NewRegion("#pull-place", webkit.InnerMorph, sessions.PullPart(d, form)))
	return s.kit.DrawPageOrPart(c, status, sessions.PullPage(p, d, form), part)
}

// readProtection asks the forge about a branch; nil if it does not answer in time or the token may not know.
func (s *Pages) readProtection(ctx context.Context, by tenant.Actor, id session.ID, base string) *forge.Protection {
	ctx, cancel := context.WithTimeout(ctx, protectionWithin)
	defer cancel()
	p, err := s.work.PullProtection(ctx, by, id, base)
	if err != nil {
		return nil
	}
	return &p
}

// pullVerb is an act on a session's open pull request.
type pullVerb func(*fiber.Ctx, tenant.Actor, session.ID) (session.Pull, error)

// ActOnPull returns the handler of a button for the open pull request of a session.
func (s *Pages) ActOnPull(v pullVerb) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if _, err := v(c, webkit.Actor(c), sessionID(c)); err != nil {
			return err
		}
		return s.answerVerb(c)
	}
}

// MergePull, MarkPullReady and ClosePull are the acts for ActOnPull.
func (s *Pages) MergePull(c *fiber.Ctx, by tenant.Actor, id session.ID) (session.Pull, error) {
	return s.work.MergePull(c.UserContext(), by, id)
}

// MarkPullReady ends the draft state.
func (s *Pages) MarkPullReady(c *fiber.Ctx, by tenant.Actor, id session.ID) (session.Pull, error) {
	return s.work.MarkPullReady(c.UserContext(), by, id)
}

// ClosePull closes without merging.
func (s *Pages) ClosePull(c *fiber.Ctx, by tenant.Actor, id session.ID) (session.Pull, error) {
	return s.work.ClosePull(c.UserContext(), by, id)
}

// ReceiveForgeHook answers a request of a forge at once; what it is about is read from the forge's API afterwards.
func (s *Pages) ReceiveForgeHook(c *fiber.Ctx) error {
	r := appwork.HookRequest{Hook: c.Params("hook"), Token: c.Get("X-Gitlab-Token"), Body: c.Body()}
	r.Signature = firstHeader(c, "X-Hub-Signature-256", "X-Gitea-Signature", "X-Forgejo-Signature")
	r.Delivery = firstHeader(c, "X-GitHub-Delivery", "X-Gitea-Delivery", "X-Forgejo-Delivery", "X-Gitlab-Event-UUID", "webhook-id")
	err := s.work.ReceiveHook(c.UserContext(), r)
	if fault.Is(err, fault.Unauthenticated) {
		return c.Status(fiber.StatusUnauthorized).SendString(err.Error()) // a program has no use for the sign-in page
	}
	if err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func firstHeader(c *fiber.Ctx, names ...string) string {
	for _, name := range names {
		if v := c.Get(name); v != "" {
			return v
		}
	}
	return ""
}
