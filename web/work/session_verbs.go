package work

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// sessionID is the session of this address.
func sessionID(c *fiber.Ctx) session.ID { return session.ID(c.Params("id")) }

// verb is a move of a session that a person can request.
type verb func(context.Context, tenant.Actor, session.ID) (session.Session, error)

// MoveSession returns the handler of a button: it calls v and answers with the changed parts of the page.
func (s *Pages) MoveSession(v verb) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if _, err := v(c.UserContext(), webkit.Actor(c), sessionID(c)); err != nil {
			return err
		}
		return s.answerVerb(c)
	}
}

// RetrySession starts the next attempt, in the same conversation or in a new one.
func (s *Pages) RetrySession(c *fiber.Ctx) error {
	if _, err := s.work.RetrySession(c.UserContext(), webkit.Actor(c), sessionID(c), c.FormValue("fresh") != ""); err != nil {
		return err
	}
	return s.answerVerb(c)
}

// DeleteSession deletes a session and opens the list.
func (s *Pages) DeleteSession(c *fiber.Ctx) error {
	if err := s.work.DeleteSession(c.UserContext(), webkit.Actor(c), sessionID(c)); err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/sessions")
}

// SendMessage sends a message to the agent and clears the input.
func (s *Pages) SendMessage(c *fiber.Ctx) error {
	if _, err := s.work.SendMessage(c.UserContext(), webkit.Actor(c), sessionID(c), c.FormValue("text")); err != nil {
		return err
	}
	return s.answerVerb(c)
}

// AnswerLoop answers a session that the breaker paused: with a message, as it is, or by ending it.
func (s *Pages) AnswerLoop(c *fiber.Ctx) (err error) {
	ctx, by, id := c.UserContext(), webkit.Actor(c), sessionID(c)
	if _, err := s.work.Session(ctx, by, id); err != nil {
		return err // before the form is read: a session that is not there has no form
	}
	switch loop.Reply(c.FormValue("reply")) {
	case loop.Told:
		_, err = s.work.SendAndResume(ctx, by, id, c.FormValue("text"))
	case loop.Resumed:
		_, err = s.work.ResumeSession(ctx, by, id)
	case loop.Ended:
		_, err = s.work.StopSession(ctx, by, id)
	default: // also here, what is not there is not found
		if _, err = s.work.Session(ctx, by, id); err == nil {
			err = fault.Field("reply", "Choose Send and resume, Resume as it is or End the session.")
		}
	}
	if err != nil {
		return err
	}
	return s.answerVerb(c)
}

// AnswerAsk answers an approval or a question.
func (s *Pages) AnswerAsk(c *fiber.Ctx) error {
	a := appwork.Answer{Reply: session.Reply(c.FormValue("reply")), Message: c.FormValue("message")}
	if a.Reply == session.Answered {
		a.Answers = answersFrom(c)
	}
	if err := s.work.AnswerAsk(c.UserContext(), webkit.Actor(c), sessionID(c), c.Params("ask"), a); err != nil {
		return err
	}
	return s.answerVerb(c)
}

// maxQuestions is how many questions of one ask a form can answer.
const maxQuestions = 50

// answersFrom reads the labels chosen for each question: the inputs answer-0, answer-1 …, with several values where several can be
// chosen, and other-0 … for free text.
func answersFrom(c *fiber.Ctx) json.RawMessage {
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

// answerVerb answers a button of a session with the changed parts of its page, or redirects to the page without script.
func (s *Pages) answerVerb(c *fiber.Ctx) error {
	if !webkit.WantsPart(c) {
		return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/sessions/"+c.Params("id"))
	}
	return s.drawSessionParts(c)
}
