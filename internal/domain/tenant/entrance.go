package tenant

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// EntranceLifetime is how long an admin who has entered a team stays in it at most.
const EntranceLifetime = time.Hour

// Entrance is an admin inside a team: deliberate, with a reason, seen by the team's people, and over by itself.
type Entrance struct {
	ID     string
	Tenant ID
	User   UserID
	// Name is the admin's, as it was then.
	Name      string
	Login     string
	Reason    string
	EnteredAt time.Time
	EndsAt    time.Time
}

// Via names the entrance as the credential of what is done inside.
func (e Entrance) Via() string { return "entered:" + e.ID }

// Check gives the fault of the reason: who looks inside a team says why.
func (e Entrance) Check() error {
	if n := utf8.RuneCountInString(strings.TrimSpace(e.Reason)); n < 10 || n > 500 {
		return fault.Field("reason", "Say in 10 to 500 characters why you enter: the team reads it. This has %d.", n)
	}
	return nil
}
