// Package letter holds the e-mails of the product: which there are, to whom, and what their texts may say.
package letter

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Kind is a sort of e-mail; it is the name of its text, too.
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

// Data is what a text may say. Each kind fills what its sample shows; the rest is empty.
type Data struct {
	// Server is the host people reach the server by; Link leads to the page the letter is about.
	Server, Link string
	// Name is who is written to; By is who did what the letter tells of.
	Name, By string
	// Team, Role and Month are what an invitation or a budget is about.
	Team, Role, Month string
	// What is asked for, answered or added, in words; Reason is why, as a person typed it.
	What, Reason string
	// Until is the last moment a link works, in UTC.
	Until string
}

// Letter is one e-mail on its way. Tenant is the team it is about, where there is one; User whom it is for, empty for who has no
// account yet. Path is the page it leads to and Token the secret last part of that, which opens something.
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

// MaxAge is how long a letter is tried to be sent: later it would only confuse.
const MaxAge = 48 * time.Hour

// Wait is how long after a try that failed the next one comes: half a minute, doubled up to an hour.
func Wait(tries int) time.Duration {
	wait := 30 * time.Second
	for range tries {
		if wait *= 2; wait >= time.Hour {
			return time.Hour
		}
	}
	return wait
}

// Sample is what a text of a kind is tried with before anybody is written to.
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
