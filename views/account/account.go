// Package account draws a person's own things: name and looks, password, the browsers signed in, API tokens.
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
	// Profile and NewToken are what the forms hold: as stored, or as they were refused.
	Profile  Profile
	NewToken TokenForm
	// ProfileFaults, PasswordFaults and TokenFaults stand beside the inputs of their forms.
	ProfileFaults, PasswordFaults, TokenFaults ui.Faults
	Logins                                     []user.Login
	// Factors are what the person has set up beside the password.
	Factors factor.State
	// Elsewhere is the person's account at the identity provider; NoPasswords says that nobody has a password here.
	Elsewhere   Elsewhere
	NoPasswords bool
	// This is the login of this browser.
	This   string
	Tokens []Token
	// TokenTeams are the teams the person may make tokens for.
	TokenTeams []tenant.Membership
	// Text is the new token's text, shown this once; empty on every other page.
	Text string
}

// Profile is the form of name and looks.
type Profile struct{ Name, Theme, TimeZone string }

// TokenForm is the form of a new token.
type TokenForm struct{ Team, Name, Scope, Expires string }

// Token is a token with the team it opens.
type Token struct {
	apitoken.Token
	TeamSlug, TeamName string
	// CanRevoke is false while the team is deactivated: nothing of it can be changed.
	CanRevoke bool
}

func themes(chosen string) []ui.Option {
	var os []ui.Option
	for _, t := range [][2]string{{"system", "As the system"}, {"dark", "Dark"}, {"light", "Light"}} {
		os = append(os, ui.Option{Value: t[0], Label: t[1], Selected: t[0] == chosen})
	}
	return os
}

// scopes say what a token may do in words; it never may more than its owner.
func scopes(chosen string) []ui.Option {
	var os []ui.Option
	for _, s := range [][2]string{{string(apitoken.Read), "read: look at everything"}, {string(apitoken.Run), "run: start and steer sessions"}, {string(apitoken.Manage), "manage: what a lead may"}} {
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

// programs and systems are looked for in this order: the later words stand in the earlier ones' texts too.
var (
	programs = [][2]string{{"Firefox/", "Firefox"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}}
	systems  = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}}
)

// device names a browser from what it says of itself; the whole of it stands in the title.
func device(userAgent string) string {
	program, system := first(programs, userAgent), first(systems, userAgent)
	switch {
	case program == "" && system == "":
		return "An unknown browser"
	case program == "":
		return "A browser on " + system
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
