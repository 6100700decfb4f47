package console

import (
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	views "github.com/industrial-orchestrator/orchestrator/views/instance"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowSettings shows the settings that apply to every team.
func (s *Pages) ShowSettings(c *fiber.Ctx) error {
	k, err := s.kernel.Keep(c.UserContext())
	if err != nil {
		return err
	}
	return s.drawSettings(c, fiber.StatusOK, views.KeepForm{Transcripts: strconv.Itoa(k.Transcripts), Calls: strconv.Itoa(k.Calls)}, nil)
}

// SetRetention sets how long data is kept.
func (s *Pages) SetRetention(c *fiber.Ctx) error {
	f := views.KeepForm{Transcripts: c.FormValue(instance.KeepTranscripts), Calls: c.FormValue(instance.KeepCalls)}
	err := s.console.SetKeep(c.UserContext(), adminActor(c), f.Transcripts, f.Calls)
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawSettings(c, fiber.StatusUnprocessableEntity, f, faults)
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/admin/settings?done=kept")
}

// drawSettings draws the page with the values and faults of the form.
func (s *Pages) drawSettings(c *fiber.Ctx, status int, f views.KeepForm, faults map[string]string) error {
	v := views.Settings{Keep: f, Faults: faults}
	for _, o := range s.kit.Opts.Settings {
		v.Opened = append(v.Opened, views.Flag(o))
	}
	return s.drawAdmin(c, status, "admin-settings", "Settings", func(p shell.Page) templ.Component { return views.SettingsPage(p, v) })
}
