package kit

import (
	"errors"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/views/budget"
)

// LimitsFrom reads the monthly limits in a form. An empty field leaves a limit unchanged.
func LimitsFrom(f budget.Form) (l quota.Limits, err error) {
	var faults fault.Fields
	if typed := text.Ungroup(f.Tokens); typed != "" {
		n, err := strconv.ParseInt(typed, 10, 64)
		if l.Tokens = &n; err != nil {
			faults.Add("tokens", "Enter a whole number such as 80,000,000 (you entered %q).", f.Tokens)
		}
	}
	if typed := strings.TrimSpace(f.Cost); typed != "" {
		n, ok := quota.Dollars(typed)
		if l.Cost = &n; !ok {
			faults.Add("cost", "Enter an amount in dollars, such as 250 (you entered %q).", f.Cost)
		}
	}
	return l, faults.Err()
}

// MemberID is the person that an address names.
func MemberID(c *fiber.Ctx) tenant.UserID { return tenant.UserID(c.Params("id")) }

// AbsoluteURL is the URL of a page for use outside this server, such as in a link that is sent to a person.
func (s *Kit) AbsoluteURL(c *fiber.Ctx, path string) string {
	if s.Opts.PublicURL != "" {
		return strings.TrimSuffix(s.Opts.PublicURL, "/") + path
	}
	return "http://" + string(c.Request().Host()) + path
}

// FormStatus is the status of a form that is shown again with its faults: 429 while attempts are paused, else 422.
func FormStatus(err error) int {
	if fault.Is(err, fault.Exhausted) {
		return fiber.StatusTooManyRequests
	}
	return fiber.StatusUnprocessableEntity
}

// AskAgain adds to the faults of a form that its secret has to be entered again, if the person entered one: a page never repeats it.
func AskAgain(c *fiber.Ctx, field string, faults map[string]string) {
	if c.FormValue(field) != "" && faults[field] == "" {
		faults[field] = "Enter this again. It is not shown and was not saved."
	}
}

// FaultsOf returns the sentences that a form shows next to its inputs, by input. It returns nil if err is not about input.
func FaultsOf(err error) map[string]string {
	var many fault.Fields
	var one *fault.Error
	switch {
	case errors.As(err, &many):
	case errors.As(err, &one) && (one.Kind == fault.Invalid || one.Field != ""):
		many = fault.Fields{one}
	default:
		return nil
	}
	faults := map[string]string{}
	for _, f := range many {
		if faults[f.Field] == "" {
			faults[f.Field] = f.Message
		}
	}
	return faults
}
