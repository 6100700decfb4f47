// Package account renders a person's own settings: name and theme, password, logins, second factors, API tokens.
package account

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Account is what a person's own page shows.
type Account struct {
	Person user.User
	// Profile and NewToken are the values of the forms: as stored, or as the person typed them before an error.
	Profile  Profile
	NewToken TokenForm
	// ProfileFaults, PasswordFaults and TokenFaults are the errors of the three forms.
	ProfileFaults, PasswordFaults, TokenFaults ui.Faults
	Logins                                     []user.Login
	// Factors are the person's second factors.
	Factors factor.State
	// Elsewhere is the person's account at the identity provider; NoPasswords is true if passwords are turned off.
	Elsewhere   Elsewhere
	NoPasswords bool
	// This is the ID of this browser's login.
	This   string
	Tokens []Token
	// TokenTeams are the teams that the person can create tokens for.
	TokenTeams []tenant.Membership
	// Text is the new token, shown only once; empty on every other page.
	Text string
}

// Profile is the form for name, theme and time zone.
type Profile struct{ Name, Theme, TimeZone string }

// TokenForm is the form for a new token.
type TokenForm struct{ Team, Name, Scope, Expires string }

// Token is an API token with its team.
type Token struct {
	apitoken.Token
	TeamSlug, TeamName string
	// CanRevoke is false while the team is deactivated: then nothing in it can be changed.
	CanRevoke bool
}

func themes(chosen string) []ui.Option {
	var os []ui.Option
	for _, t := range [][2]string{{"system", "Same as system"}, {"dark", "Dark"}, {"light", "Light"}} {
		os = append(os, ui.Option{Value: t[0], Label: t[1], Selected: t[0] == chosen})
	}
	return os
}

// scopes describes what a token can do; it can never do more than its owner.
func scopes(chosen string) []ui.Option {
	var os []ui.Option
	for _, s := range [][2]string{{string(apitoken.Read), "read: see everything"}, {string(apitoken.Run), "run: start and control sessions"}, {string(apitoken.Manage), "manage: everything that a lead can do"}} {
		os = append(os, ui.Option{Value: s[0], Label: s[1], Selected: s[0] == chosen})
	}
	return os
}

func (a Account) teams() []ui.Option {
	var os []ui.Option
	for _, m := range a.TokenTeams {
		os = append(os, ui.Option{Value: m.Tenant.Slug, Label: m.Tenant.Name + ", you are " + string(m.Role), Selected: m.Tenant.Slug == a.NewToken.Team})
	}
	return os
}

// programs and systems are matched in this order, because browsers also send the names of later entries.
var (
	programs = [][2]string{{"Firefox/", "Firefox"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}}
	systems  = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}}
)

// device names a browser by its User-Agent, which the tooltip shows in full.
func device(userAgent string) string {
	program, system := first(programs, userAgent), first(systems, userAgent)
	switch {
	case program == "" && system == "":
		return "Unknown browser"
	case program == "":
		return "Browser on " + system
	case system == "":
		return program
	}
	return program + " on " + system
}

func first(words [][2]string, text string) string {
	for _, w := range words {
		if strings.Contains(text, w[0]) {
			return w[1]
		}
	}
	return ""
}
