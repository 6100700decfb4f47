// Package letter defines the e-mails of the product: their kinds, their recipients, and the values that their texts can use.
package letter

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Kind is a kind of e-mail; it is also the name of its text.
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
	WorkNotice      Kind = "work-notice"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Invitation, Reset, PasswordChanged, NewFactor, BudgetNotice, BudgetRequest, BudgetAnswer, WorkNotice}
}

// Data holds the values that a text can use. Each kind sets the fields that its sample sets; the others are empty.
type Data struct {
	// Server is the public host name; Link is the URL of the page that the e-mail is about.
	Server, Link string
	// Name is the recipient; By is the person whose action caused the e-mail.
	Name, By string
	// Team, Role and Month describe an invitation or a budget.
	Team, Role, Month string
	// What is the requested budget, the answer, the second factor or a session, in words; Reason is a person's text.
	What, Reason string
	// Until is the last moment a link works, in UTC.
	Until string
}

// Letter is one e-mail in the queue. Tenant is the team that it is about, if any; User is the recipient, empty for people without an
// account. Path is the page that it links to, and Token the secret last part of that path.
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

// MaxAge is how long the server tries to send an e-mail; a later one would only confuse.
const MaxAge = 48 * time.Hour

// Wait is the delay after a failed attempt: 30 seconds, doubled up to 1 hour.
func Wait(tries int) time.Duration {
	wait := 30 * time.Second
	for range tries {
		if wait *= 2; wait >= time.Hour {
			return time.Hour
		}
	}
	return wait
}

// Sample holds the values with which a text of a kind is checked before it is used.
func Sample(k Kind) Data {
	d := Data{Server: "agents.example.org", Link: "https://agents.example.org/", Name: "Ada", By: "Grace"}
	switch k {
	case Invitation:
		d.Name, d.Team, d.Role, d.Until, d.Link = "", "Foundry Tools", "member", "1 Dec 2026, 14:00", "https://agents.example.org/invitations/7Qm2"
	case Reset:
		d.By, d.Until, d.Link = "", "26 Nov 2026, 14:00", "https://agents.example.org/reset/7Qm2"
	case PasswordChanged, NewFactor:
		d.By, d.What, d.Link = "", "an authenticator app", "https://agents.example.org/account"
	case BudgetNotice:
		d.By, d.Team, d.Month, d.Link = "", "Foundry Tools", "November 2026", "https://agents.example.org/t/foundry/budget"
	case BudgetRequest:
		d.Team, d.What, d.Reason, d.Link = "Foundry Tools", "90,000,000 tokens per month", "The audit needs more.", ""
	case BudgetAnswer:
		d.Team, d.What, d.Reason, d.Link = "Foundry Tools", "granted", "For this quarter.", "https://agents.example.org/t/foundry/budget"
	case WorkNotice:
		d.Team, d.What, d.Until, d.Link = "Foundry Tools", "Refuse a start over budget", "29 Nov 2026", "https://agents.example.org/t/foundry/sessions/0192f3a1"
	}
	return d
}
