package agents

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	views "github.com/industrial-orchestrator/orchestrator/views/agents"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// save is the value of the button that saves; a form without a button saves too.
const save = "save"

// ShowAgentForm shows the form of a new agent.
func (s *Pages) ShowAgentForm(c *fiber.Ctx) error {
	form := views.Form{Type: "implementer", Places: fmt.Sprint(agent.DefaultPlaces), Capabilities: agent.Type("implementer").Suggested()}
	return s.drawForm(c, fiber.StatusOK, views.Editor{Form: form, Focus: -1})
}

// CreateAgent creates an agent, or shows its form again after another button.
func (s *Pages) CreateAgent(c *fiber.Ctx) error {
	e := views.Editor{Form: formFrom(c)}
	if do := c.FormValue("do"); do != save && do != "" {
		return s.redraw(c, e, do)
	}
	spec, err := specFrom(e.Form, agent.OpenCode)
	if err == nil {
		var made agent.Agent
		if made, err = s.agents.CreateAgent(c.UserContext(), webkit.Actor(c), e.Form.Name, spec, e.Form.Changelog); err == nil {
			return webkit.Redirect(c, agentPath(c, made.ID)+"?done=agent-created")
		}
	} else if _, nameErr := agent.CleanName(e.Form.Name); nameErr != nil {
		err = appkernel.JoinFields(err, nameErr)
	}
	return s.refuseForm(c, err, e)
}

// ShowEdit shows the form of an agent's next version.
func (s *Pages) ShowEdit(c *fiber.Ctx) error {
	a, err := s.agents.Agent(c.UserContext(), webkit.Actor(c), agentID(c))
	if err != nil {
		return err
	}
	return s.drawForm(c, fiber.StatusOK, views.Editor{Agent: &a, Form: views.FormOf(a), Focus: -1})
}

// EditAgent saves a new version, or shows the form again after another button.
func (s *Pages) EditAgent(c *fiber.Ctx) error {
	a, err := s.agents.Agent(c.UserContext(), webkit.Actor(c), agentID(c))
	if err != nil {
		return err
	}
	e := views.Editor{Agent: &a, Form: formFrom(c)}
	if do := c.FormValue("do"); do != save && do != "" {
		return s.redraw(c, e, do)
	}
	spec, err := specFrom(e.Form, a.Current.Spec.Runner)
	if err == nil {
		_, err = s.agents.EditAgent(c.UserContext(), webkit.Actor(c), a.ID, appagents.Edit{Name: &e.Form.Name, Change: func(to *agent.Spec) { *to = spec },
			Base: e.Form.Base, Version: e.Form.Version, Changelog: e.Form.Changelog})
	}
	if err == nil {
		return webkit.Redirect(c, agentPath(c, a.ID)+"?done=agent-saved")
	}
	return s.refuseForm(c, err, e)
}

// refuseForm shows the form again with its faults, or with the version that somebody else saved; the input is kept.
func (s *Pages) refuseForm(c *fiber.Ctx, err error, e views.Editor) error {
	e.Focus, e.Faults = -1, webkit.FaultsOf(err)
	switch {
	case e.Faults != nil:
		return s.drawForm(c, fiber.StatusUnprocessableEntity, e)
	case fault.Is(err, fault.Exhausted):
		e.Faults = map[string]string{"": err.Error()}
		return s.drawForm(c, fiber.StatusUnprocessableEntity, e)
	case fault.Is(err, fault.Conflict) && e.Agent != nil && s.findConflict(c, &e):
		return s.drawForm(c, fiber.StatusConflict, e)
	}
	return err
}

// redraw shows the form after a button that saves nothing.
func (s *Pages) redraw(c *fiber.Ctx, e views.Editor, do string) error {
	e.Focus = moveRule(&e.Form, do)
	status := fiber.StatusOK
	if do == "preview" {
		if _, err := specFrom(e.Form, agent.OpenCode); err != nil {
			status, e.Faults = fiber.StatusUnprocessableEntity, webkit.FaultsOf(err)
		}
		s.findConflict(c, &e)
	}
	return s.drawForm(c, status, e)
}

// findConflict reports whether the agent has another version than the one that the form began with, and bases the form on it.
func (s *Pages) findConflict(c *fiber.Ctx, e *views.Editor) bool {
	if e.Agent == nil || e.Form.Base == "" {
		return false
	}
	a, err := s.agents.Agent(c.UserContext(), webkit.Actor(c), e.Agent.ID)
	now := a.Current
	if err != nil || now.Number.String() == e.Form.Base {
		return false
	}
	e.Conflict = fmt.Sprintf("%s saved version %s. Your input is kept and now compared with it. Save again to replace it.", now.SavedName, now.Number)
	e.Agent, e.Form.Base, e.Form.Version = &a, now.Number.String(), ""
	return true
}

// drawForm draws the form of an agent.
func (s *Pages) drawForm(c *fiber.Ctx, status int, e views.Editor) error {
	p, err := s.kit.NewPage(c, "agents", "New agent")
	if err != nil {
		return err
	}
	e.Action, e.Back = basePath(c), basePath(c)
	p.Primary, p.Crumbs = nil, []shell.Crumb{{Label: "Agents", Href: basePath(c)}}
	runner := agent.OpenCode
	if e.Agent != nil {
		e.Action, e.Back, p.Title, runner = agentPath(c, e.Agent.ID), agentPath(c, e.Agent.ID), e.Agent.Name+", new version", e.Agent.Current.Spec.Runner
	}
	if spec, err := specFrom(e.Form, runner); err == nil {
		e.Spec = &spec
	}
	if e.Models, err = s.models.ModelIdentifiers(c.UserContext(), webkit.Actor(c)); err != nil {
		return err
	}
	return s.kit.DrawPage(c, status, views.EditorPage(p, e))
}
