package account

import (
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Factors is the page of second factors.
type Factors struct {
	Person user.User
	State  factor.State
	// First is true if the person must set up a factor before doing anything else.
	First bool
	// Secret and QR belong to an app that is not confirmed yet; otherwise they are empty.
	Secret string
	QR     factor.QR
	// NewPasskey is the challenge for a new passkey; zero where browsers support none at this URL. PasskeyName is the
	// name that the person typed before an error.
	NewPasskey  factor.Ceremony
	PasskeyName string
	// Recovery are new recovery codes, shown only once.
	Recovery []string
	// Form names the form that Faults belong to: app, confirm, off, recovery, passkey or remove.
	Form   string
	Faults ui.Faults
}

// of returns the errors of a form.
func (f Factors) of(form string) ui.Faults {
	if f.Form != form {
		return nil
	}
	return f.Faults
}

// grouped writes a secret in groups of four characters, which are easier to type.
func grouped(secret string) string {
	out := ""
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

// summary describes on the account page what sign-in needs.
func summary(s factor.State) string {
	switch {
	case !s.On():
		return "You sign in with only a password."
	case s.AppSince != nil && len(s.Passkeys) > 0:
		return "You sign in with your password and a code from the authenticator app, or with a passkey."
	case s.AppSince != nil:
		return "You sign in with your password and a code from the authenticator app."
	}
	return "You sign in with your password and a passkey, or with only a passkey."
}

func left(n int) string {
	if n == 1 {
		return "1 code left."
	}
	return ui.Count(n) + " codes left."
}

func refused(ps []factor.Passkey) bool {
	return slices.ContainsFunc(ps, func(p factor.Passkey) bool { return p.RefusedAt != nil })
}

func passkeyOptions(ps []factor.Passkey) (os []ui.Option) {
	for _, p := range ps {
		os = append(os, ui.Option{Value: p.ID, Label: p.Name})
	}
	return os
}
