package work

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// listRows is how many sessions a page of the list shows.
const listRows = 50

// filterFrom reads the filter of a list from its address, so that every view of it can be linked.
func filterFrom(c *fiber.Ctx) session.Filter {
	f := session.Filter{Query: strings.TrimSpace(c.Query("q")), Before: session.ID(c.Query("before")), After: session.ID(c.Query("after_id")), Limit: listRows}
	if st := c.Query("status"); st != "" {
		for one := range strings.SplitSeq(st, ",") {
			f.Statuses = append(f.Statuses, session.Status(one))
		}
	}
	f.NeedsYou = c.Query("needs") != ""
	return f
}

// listPath is the address of a list with a filter, at a place in it.
func listPath(slug string, f session.Filter, key string, at session.ID) string {
	q := url.Values{}
	if f.Query != "" {
		q.Set("q", f.Query)
	}
	if len(f.Statuses) > 0 {
		q.Set("status", joinStatuses(f.Statuses))
	}
	if f.NeedsYou {
		q.Set("needs", "1")
	}
	if at != "" {
		q.Set(key, string(at))
	}
	if len(q) == 0 {
		return "/t/" + slug + "/sessions"
	}
	return "/t/" + slug + "/sessions?" + q.Encode()
}

func joinStatuses(ss []session.Status) string {
	var words []string
	for _, s := range ss {
		words = append(words, string(s))
	}
	return strings.Join(words, ",")
}

// CreateSession saves a draft or starts it. After an error the form is shown again with the reasons next to its inputs.
func (s *Pages) CreateSession(c *fiber.Ctx) error {
	form, err := sessionFrom(c)
	if err != nil {
		err = appkernel.JoinFields(err, withModel(form).Clean().Check()) // all that is wrong at once
	} else {
		var created session.Session
		if created, err = s.work.CreateSession(c.UserContext(), webkit.Actor(c), form, c.FormValue("start") != ""); err == nil {
			return webkit.Redirect(c, "/t/"+webkit.Actor(c).Slug+"/sessions/"+string(created.ID))
		}
	}
	faults := webkit.FaultsOf(err)
	if faults == nil && (fault.Is(err, fault.Exhausted) || form.Need != nil && fault.Is(err, fault.Conflict)) {
		faults = map[string]string{"": err.Error()}
	}
	if faults == nil {
		return err
	}
	if form.Model == "" && faults["model_identifier"] != "" {
		faults["model_identifier"] = "Choose a model. The agent has none of its own."
	}
	return s.drawSessionForm(c, fiber.StatusUnprocessableEntity, form, faults)
}
