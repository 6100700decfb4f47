package work

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// sessionID is the session of this address.
func sessionID(c *fiber.Ctx) session.ID { return session.ID(c.Params("id")) }

// verb is one move a person asks of a session.
type verb func(context.Context, tenant.Actor, session.ID) (session.Session, error)

// Move answers a session's button: the verb, then the session's head as it stands now.
func (s *Pages) Move(v verb) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if _, err := v(c.UserContext(), webkit.Actor(c), sessionID(c)); err != nil {
			return err
		}
		return s.afterVerb(c)
	}
}

// RetrySession tries again in the same conversation, or in a fresh one where the form says so.
func (s *Pages) RetrySession(c *fiber.Ctx) error {
	if _, err := s.work.RetrySession(c.UserContext(), webkit.Actor(c), sessionID(c), c.FormValue("fresh") != ""); err != nil {
		return err
	}
	return s.afterVerb(c)
}

// DeleteSession takes a session off the lists and goes back to them.
func (s *Pages) DeleteSession(c *fiber.Ctx) error {
	if err := s.work.DeleteSession(c.UserContext(), webkit.Actor(c), sessionID(c)); err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+webkit.Actor(c).Slug+"/sessions")
}

// SendMessage hands a person's words to the agent; the dock comes back empty.
func (s *Pages) SendMessage(c *fiber.Ctx) error {
	if _, err := s.work.SendMessage(c.UserContext(), webkit.Actor(c), sessionID(c), c.FormValue("text")); err != nil {
		return err
	}
	return s.afterVerb(c)
}

// AnswerAsk answers a permission or a question.
func (s *Pages) AnswerAsk(c *fiber.Ctx) error {
	a := appwork.Answer{Reply: session.Reply(c.FormValue("reply")), Message: c.FormValue("message")}
	if a.Reply == session.Answered {
		a.Answers = chosen(c)
	}
	if err := s.work.AnswerAsk(c.UserContext(), webkit.Actor(c), sessionID(c), c.Params("ask"), a); err != nil {
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
func (s *Pages) afterVerb(c *fiber.Ctx) error {
	if !webkit.Partial(c) {
		return webkit.MoveTo(c, "/t/"+webkit.Actor(c).Slug+"/sessions/"+c.Params("id"))
	}
	return s.drawSessionParts(c)
}
