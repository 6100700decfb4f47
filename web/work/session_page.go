package work

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// pageEvents is how many events a session's page shows at first. Earlier ones are loaded on request.
const pageEvents = 200

// ShowSession shows the page of a session: its conversation, state, questions and cost.
func (s *Pages) ShowSession(c *fiber.Ctx) error {
	g, err := s.readSession(c.UserContext(), webkit.Actor(c), sessionID(c))
	if err != nil {
		return err
	}
	p, d, err := s.detailFrame(c, g)
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, fiber.StatusOK, sessions.Page(p, d))
}

// readSession reads what the page of a session shows. If there are earlier events than those, it reads the states and the plan
// of the whole session.
func (s *Pages) readSession(ctx context.Context, by tenant.Actor, id session.ID) (appwork.SessionDetail, error) {
	g, err := s.work.SessionDetail(ctx, by, id, pageEvents)
	if err == nil && len(g.Events) > 0 && g.Events[0].Seq > 1 {
		g.States, g.Todo, err = s.work.Timeline(ctx, by, id)
	}
	return g, err
}

// tabFrame is detailFrame for the tabs other than the conversation.
func (s *Pages) tabFrame(c *fiber.Ctx) (p shell.Page, d sessions.Detail, err error) {
	g, err := s.work.SessionDetail(c.UserContext(), webkit.Actor(c), sessionID(c), 1)
	if err != nil {
		return p, d, err
	}
	return s.detailFrame(c, g)
}

// detailFrame is the frame of a session's tabs and what all of them show. The stream resumes after the newest event that was read.
func (s *Pages) detailFrame(c *fiber.Ctx, g appwork.SessionDetail) (p shell.Page, d sessions.Detail, err error) {
	if p, err = s.kit.NewPage(c, "sessions", session.Short(g.Session.ID)); err != nil {
		return p, d, err
	}
	d = detailOf(webkit.Actor(c), g, s.origin(c))
	p.Crumbs, p.Primary, p.Glass = []shell.Crumb{{Label: "Sessions", Href: p.Team.Path("sessions")}}, nil, true
	p.Heading, p.Acts = d.Session.Title, sessions.Acts(d)
	p.Stream = d.Base + "/stream?after=" + strconv.FormatInt(g.LastSeq, 10)
	return p, d, nil
}

// origin is the scheme and the host under which the reader knows this server.
func (s *Pages) origin(c *fiber.Ctx) string { return s.kit.AbsoluteURL(c, "") }

// detailOf is what an actor who reached the server at origin sees of a session.
func detailOf(by tenant.Actor, g appwork.SessionDetail, origin string) sessions.Detail {
	owner := g.Session.CreatedBy
	d := sessions.Detail{Base: "/t/" + by.Slug + "/sessions/" + string(g.Session.ID), Session: g.Session, Queue: g.Queue, Items: sessions.Fold(g.Events),
		Growing: sessions.Growing(g.Parts, g.Session), Asks: openAsks(g), AnswerWithin: g.AnswerWithin, Waiting: waitingMessages(g), Gaps: g.Gaps, Todo: g.Todo, States: g.States, Outcomes: g.Outcomes,
		Checkpoints: g.Checkpoints, CheckpointCount: g.CheckpointCount, LastCheckpoint: g.LastCheckpoint, LastGood: g.LastGood,
		Stops: g.Stops.Own, TeamStops: g.Stops.Team, Pulls: g.Pulls, HasForge: g.HasForge,
		Link: origin + "/t/" + by.Slug + "/sessions/" + string(g.Session.ID), Fetch: fetchCommand(origin, by.Slug, g.Session), CanLand: g.CanLand, Entry: g.Entry, Place: g.Place,
		Can:      sessions.Rights{Write: by.CanOn(tenant.WriteSessions, owner), Answer: by.CanOn(tenant.AnswerPermission, owner), ReadCalls: by.CanOn(tenant.ReadModelCalls, owner), Rate: by.Can(tenant.WriteSessions)},
		Feedback: g.Feedback, Reader: by.User}
	if len(g.Events) > 0 && g.Events[0].Seq > 1 {
		d.Older = g.Events[0].Seq
	}
	return d
}

// openAsks are the approvals and questions that a person can still answer, oldest first.
func openAsks(g appwork.SessionDetail) (open []session.Ask) {
	if !g.Session.Status.Active() && g.Session.Status != session.Paused {
		return nil
	}
	for _, a := range g.Asks {
		if a.Reply == "" && !a.Gone {
			open = append(open, a)
		}
	}
	return open
}

// waitingMessages are those that the agent has not received yet. The prompt, which is the first, is in the conversation.
func waitingMessages(g appwork.SessionDetail) (waiting []session.Message) {
	for i, m := range g.Messages {
		if i > 0 && m.SentAt == nil {
			waiting = append(waiting, m)
		}
	}
	return waiting
}

// drawSessionParts answers a button of a session with the parts of its page that may have changed.
func (s *Pages) drawSessionParts(c *fiber.Ctx) error {
	g, err := s.readSession(c.UserContext(), webkit.Actor(c), sessionID(c))
	if err != nil {
		return err
	}
	return s.kit.DrawPage(c, fiber.StatusOK, webkit.PartsOf(detailRegions(detailOf(webkit.Actor(c), g, s.origin(c)))...))
}

// detailRegions are the parts of a session's page that change with its state.
func detailRegions(d sessions.Detail) []webkit.Region {
	var rs []webkit.Region
	for _, t := range d.Counted() {
		rs = append(rs, webkit.NewRegion("#"+t.ID, webkit.OuterMorph, ui.TabCount(t)))
	}
	return append(rs, webkit.NewRegion("#session-acts", webkit.OuterMorph, sessions.Acts(d)), webkit.NewRegion("#session-head", webkit.OuterMorph, sessions.Head(d)), webkit.NewRegion("#result", webkit.OuterMorph, sessions.Result(d)), webkit.NewRegion("#session-dock", webkit.OuterMorph, sessions.Dock(d)),
		webkit.NewRegion("#session-aside", webkit.OuterMorph, sessions.Aside(d)))
}
