package kit

import (
	"errors"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/budget"
)

// WantedFrom reads the limits a form asks for; an empty field leaves a limit as it is.
func WantedFrom(f budget.Form) (l quota.Limits, err error) {
	var faults fault.Fields
	if text := strings.ReplaceAll(strings.TrimSpace(f.Tokens), ",", ""); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if l.Tokens = &n; err != nil {
			faults.Add("tokens", "%q is not a whole number such as 80,000,000.", f.Tokens)
		}
	}
	if text := strings.TrimSpace(f.Cost); text != "" {
		n, ok := quota.Dollars(text)
		if l.Cost = &n; !ok {
			faults.Add("cost", "%q is not an amount in dollars such as 250.", f.Cost)
		}
	}
	return l, faults.Err()
}

// MemberID is the person an address names.
func MemberID(c *fiber.Ctx) tenant.UserID { return tenant.UserID(c.Params("id")) }

// Address is where people reach a page of this server from elsewhere.
func (s *Kit) Address(c *fiber.Ctx, path string) string {
	if s.Opts.PublicURL != "" {
		return strings.TrimSuffix(s.Opts.PublicURL, "/") + path
	}
	return c.BaseURL() + path
}

// Number reads a place in a log from the address; what is none is 0.
func Number(c *fiber.Ctx, name string) int64 {
	n, _ := strconv.ParseInt(c.Query(name), 10, 64)
	return max(n, 0)
}

// FaultsOf gives the faults a form shows beside its inputs, by input; nil when err is something else.
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
