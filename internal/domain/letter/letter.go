// Package letter defines the e-mails that the product sends: their kinds, their recipients and the data for their texts.
package letter

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Kind is a kind of e-mail. It is also the name of its text.
type Kind string

// The kinds.
const (
	Invitation      Kind = "invitation"
	Reset           Kind = "password-reset"
	PasswordChanged Kind = "password-changed"
	NewFactor       Kind = "new-factor"
	BudgetNotice    Kind = "budget-notice"
	BudgetRequest   Kind = "budget-request"
	BudgetAnswer    Kind = "budget-answer"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Invitation, Reset, PasswordChanged, NewFactor, BudgetNotice, BudgetRequest, BudgetAnswer}
}

// Data is the data for a text. Each kind sets the fields that its sample sets; the others are empty.
type Data struct {
	// Server is the host name of the server; Link is the URL of the page that the e-mail is about.
	Server, Link string
	// Name is the recipient's name; By is the name of the person who caused the e-mail.
	Name, By string
	// Team, Role and Month describe an invitation or a budget.
	Team, Role, Month string
	// What describes the requested limits, the answer or the new factor; Reason is the reason that a person typed.
	What, Reason string
	// Until is the last moment a link works, in UTC.
	Until string
}

// Letter is one queued e-mail. Tenant is the team it is about, if any; User is the recipient, or empty if they have no account yet.
// Path is the page that it links to and Token the secret last part of that URL.
type Letter struct {
	ID        string        `json:"-"`
	Kind      Kind          `json:"-"`
	Tenant    tenant.ID     `json:"-"`
	User      tenant.UserID `json:"-"`
	CreatedAt time.Time     `json:"-"`
	To        string
	Path      string
	Token     string
	Data      Data
}

// MaxAge is how long delivery is retried. A later e-mail would only confuse.
const MaxAge = 48 * time.Hour

// Wait is the delay after a failed delivery: 30 seconds, doubled each time, up to an hour.
func Wait(tries int) time.Duration {
	wait := 30 * time.Second
	for range tries {
		if wait *= 2; wait >= time.Hour {
			return time.Hour
		}
	}
	return wait
}

// Sample returns example data to check a text of a kind when it is loaded.
func Sample(k Kind) Data {
	d := Data{Server: "agents.example.org", Link: "https://agents.example.org/", Name: "Ada", By: "Grace"}
	switch k {
	case Invitation:
		d.Name, d.Team, d.Role, d.Until, d.Link = "", "Foundry Tools", "member", "1 December 2026 14:00", "https://agents.example.org/invitations/7Qm2"
	case Reset:
		d.By, d.Until, d.Link = "", "26 November 2026 14:00", "https://agents.example.org/reset/7Qm2"
	case PasswordChanged, NewFactor:
		d.By, d.What, d.Link = "", "an authenticator app", "https://agents.example.org/account"
	case BudgetNotice:
		d.By, d.Team, d.Month, d.Link = "", "Foundry Tools", "November 2026", "https://agents.example.org/t/foundry/budget"
	case BudgetRequest:
		d.Team, d.What, d.Reason, d.Link = "Foundry Tools", "90,000,000 tokens a month", "The audit takes more.", ""
	case BudgetAnswer:
		d.Team, d.What, d.Reason, d.Link = "Foundry Tools", "granted", "For this quarter.", "https://agents.example.org/t/foundry/budget"
	}
	return d
}
