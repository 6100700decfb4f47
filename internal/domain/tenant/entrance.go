package tenant

import (
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// EntranceLifetime is the longest time that an admin can stay in a team.
const EntranceLifetime = time.Hour

// Entrance is the temporary access of an admin to a team. It has a reason, is visible to the team and expires automatically.
type Entrance struct {
	ID     string
	Tenant ID
	User   UserID
	// Name is the admin's name at that time.
	Name      string
	Login     string
	Reason    string
	EnteredAt time.Time
	EndsAt    time.Time
}

// Via identifies the entrance as the credential of actions in the team.
func (e Entrance) Via() string { return "entered:" + e.ID }

// Check validates the reason, which is required to access a team.
func (e Entrance) Check() error {
	if n := utf8.RuneCountInString(text.Line(e.Reason)); n < 10 || n > 500 {
		return fault.Field("reason", "Enter a reason of 10 to 500 characters (you entered %d). The team can read it.", n)
	}
	return nil
}
