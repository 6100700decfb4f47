package console

import (
	"errors"
	"strconv"

	"github.com/gofiber/fiber/v2"

	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/views/budget"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// SetTeamQuota saves all quotas of a team.
func (s *Pages) SetTeamQuota(c *fiber.Ctx) error {
	return s.actOnTeam(c, "quota", "quota", func(by tenant.Actor, t appconsole.TeamPage) error {
		q, err := quotaFrom(c)
		if err != nil {
			return err
		}
		return s.console.SetQuota(c.UserContext(), by, t.ID, q)
	})
}

// quotaFrom reads the form of quotas. An empty monthly limit is no limit.
func quotaFrom(c *fiber.Ctx) (q appconsole.Quota, err error) {
	var f fault.Fields
	q.MaxConcurrentSessions = countFrom(c, &f, "max_concurrent_sessions")
	q.MaxQueuedSessions = countFrom(c, &f, "max_queued_sessions")
	l, err := webkit.LimitsFrom(budget.Form{Tokens: c.FormValue("tokens"), Cost: c.FormValue("cost")})
	if more, is := err.(fault.Fields); is {
		f = append(f, more...)
	} else if err != nil {
		return q, err
	}
	storage, refuse := storageFrom(c, &f), c.FormValue("refuse") != ""
	q.Requests, q.RefuseWhenFull = countFrom(c, &f, "requests"), &refuse
	q.Tokens, q.Cost, q.Storage = &l.Tokens, &l.Cost, &storage
	q.Session = sessionLimitsFrom(c, &f)
	return q, f.Err()
}

// sessionLimitsFrom reads the limits of the team's sessions. A form without these fields changes none of them.
func sessionLimitsFrom(c *fiber.Ctx, f *fault.Fields) (q quota.SessionLimits) {
	if !c.Request().PostArgs().Has("repeats") {
		return q
	}
	l, err := webkit.LimitsFrom(budget.Form{Tokens: c.FormValue("session_tokens"), Cost: c.FormValue("session_cost")})
	var faults fault.Fields
	if errors.As(err, &faults) {
		for _, x := range faults {
			f.Add("session_"+x.Field, "%s", x.Message)
		}
	}
	return quota.SessionLimits{Tokens: &l.Tokens, Cost: &l.Cost, Repeats: countFrom(c, f, "repeats")}
}

// storageFrom reads a size in GiB as bytes. An empty field is no limit.
func storageFrom(c *fiber.Ctx, f *fault.Fields) *int64 {
	typed := text.Ungroup(c.FormValue("storage"))
	if typed == "" {
		return nil
	}
	n, err := strconv.ParseFloat(typed, 64)
	if err != nil || n < 0 || n > 1<<20 || n != n {
		f.Add("storage", "Enter a size in GiB from 0 to 1,048,576, such as 20 (you entered %q).", c.FormValue("storage"))
		return nil
	}
	bytes := int64(n * (1 << 30))
	return &bytes
}

// countFrom reads a whole number.
func countFrom(c *fiber.Ctx, f *fault.Fields, name string) *int {
	n, err := strconv.Atoi(text.Ungroup(c.FormValue(name)))
	if err != nil {
		f.Add(name, "Enter a whole number such as 10 (you entered %q).", c.FormValue(name))
	}
	return &n
}
