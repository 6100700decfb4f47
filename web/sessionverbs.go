package web

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// sessionID is the session of this address.
func sessionID(c *fiber.Ctx) session.ID { return session.ID(c.Params("id")) }

// verb is one move a person asks of a session.
type verb func(context.Context, tenant.Actor, session.ID) (session.Session, error)

// move answers a session's button: the verb, then the session's head as it stands now.
func (s *Server) move(v verb) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if _, err := v(c.UserContext(), actor(c), sessionID(c)); err != nil {
			return err
		}
		return s.afterVerb(c)
	}
}

// retrySession tries again in the same conversation, or in a fresh one where the form says so.
func (s *Server) retrySession(c *fiber.Ctx) error {
	if _, err := s.app.Work.RetrySession(c.UserContext(), actor(c), sessionID(c), c.FormValue("fresh") != ""); err != nil {
		return err
	}
	return s.afterVerb(c)
}

// deleteSession takes a session off the lists and goes back to them.
func (s *Server) deleteSession(c *fiber.Ctx) error {
	if err := s.app.Work.DeleteSession(c.UserContext(), actor(c), sessionID(c)); err != nil {
		return err
	}
	return moveTo(c, "/t/"+actor(c).Slug+"/sessions")
}

// sendMessage hands a person's words to the agent; the dock comes back empty.
func (s *Server) sendMessage(c *fiber.Ctx) error {
	if _, err := s.app.Work.SendMessage(c.UserContext(), actor(c), sessionID(c), c.FormValue("text")); err != nil {
		return err
	}
	return s.afterVerb(c)
}

// answerAsk answers a permission or a question.
func (s *Server) answerAsk(c *fiber.Ctx) error {
	a := appwork.Answer{Reply: session.Reply(c.FormValue("reply")), Message: c.FormValue("message")}
	if a.Reply == session.Answered {
		a.Answers = chosen(c)
	}
	if err := s.app.Work.AnswerAsk(c.UserContext(), actor(c), sessionID(c), c.Params("ask"), a); err != nil {
		return err
	}
	return s.afterVerb(c)
}

// maxQuestions bounds how many questions of one ask a form answers.
const maxQuestions = 50

// chosen reads the labels chosen for each question: the inputs answer-0, answer-1 …, several of a name where several may be chosen,
// and other-0 … for words of one's own.
func chosen(c *fiber.Ctx) json.RawMessage {
	answers, last := [maxQuestions][]string{}, 0
	args := c.Request().PostArgs()
	for i := range answers {
		answers[i] = []string{}
		for _, name := range []string{fmt.Sprintf("answer-%d", i), fmt.Sprintf("other-%d", i)} {
			for _, b := range args.PeekMulti(name) {
				last = i + 1
				if len(b) > 0 {
					answers[i] = append(answers[i], string(b))
				}
			}
		}
	}
	encoded, _ := json.Marshal(answers[:last])
	return encoded
}

// afterVerb answers an act on a session: its head and dock to htmx, a way back to the page without script.
func (s *Server) afterVerb(c *fiber.Ctx) error {
	if !partial(c) {
		return moveTo(c, "/t/"+actor(c).Slug+"/sessions/"+c.Params("id"))
	}
	return s.drawSessionParts(c)
}
