package work

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// sessionFrom reads the form of a new session. It reports values that cannot be read; the domain checks the rest.
func sessionFrom(c *fiber.Ctx) (session.Session, error) {
	var f fault.Fields
	s := session.Session{
		Title:        c.FormValue("title"),
		Description:  c.FormValue("description"),
		Prompt:       c.FormValue("initial_prompt"),
		Type:         session.Type(c.FormValue("session_type")),
		Model:        c.FormValue("model_identifier"),
		RepositoryID: repository.ID(c.FormValue("repository_id")),
		BaseRef:      strings.TrimSpace(c.FormValue("base_ref")),
		Tags:         strings.FieldsFunc(c.FormValue("tags"), func(r rune) bool { return r == ',' || r == '\n' }),
	}
	chooseAgent(c, &s)
	s.MaxTokens, s.NoMaxTokens = limitNumber(c, "max_tokens", &f)
	if n := wholeNumber(c, "max_minutes", "60", &f); n != nil {
		s.MaxDuration = time.Duration(min(*n, 1<<20)) * time.Minute
	}
	if n := wholeNumber(c, "max_duration_seconds", "3,600", &f); n != nil {
		s.MaxDuration = time.Duration(min(*n, 1<<26)) * time.Second
	}
	var err error
	if s.Priority, err = session.ParsePriority(c.FormValue("priority")); err != nil {
		f.Add("priority", "%s", err.Error())
	}
	return s, f.Err()
}

// limitNumber reads a number, or "none".
func limitNumber(c *fiber.Ctx, field string, f *fault.Fields) (n *int64, none bool) {
	if strings.EqualFold(strings.TrimSpace(c.FormValue(field)), "none") {
		return nil, true
	}
	return wholeNumber(c, field, "250,000", f), false
}

// wholeNumber reads a number that may have separators; empty is nil. A fault gives the example.
func wholeNumber(c *fiber.Ctx, field, example string, f *fault.Fields) *int64 {
	typed := text.Ungroup(c.FormValue(field))
	if typed == "" {
		return nil
	}
	n, err := strconv.ParseInt(typed, 10, 64)
	if err != nil {
		f.Add(field, "Enter a whole number such as %s (you entered %q).", example, c.FormValue(field))
		return nil
	}
	return &n
}
