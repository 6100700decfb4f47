package account

import (
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Factors is what the page of sign-in factors shows.
type Factors struct {
	Person user.User
	State  factor.State
	// First says that nothing else can be done before a factor is set up.
	First bool
	// Secret and QR are those of an app that is not confirmed yet; empty when none waits.
	Secret string
	QR     factor.QR
	// NewPasskey is what a browser needs to make one; zero where browsers know no passkeys at this address. PasskeyName is the
	// name as it was refused.
	NewPasskey  factor.Ceremony
	PasskeyName string
	// Recovery are new recovery codes, shown this once.
	Recovery []string
	// Form names the form that Faults are about: app, confirm, off, recovery, passkey or remove.
	Form   string
	Faults ui.Faults
}

// of are the faults of a form.
func (f Factors) of(form string) ui.Faults {
	if f.Form != form {
		return nil
	}
	return f.Faults
}

// grouped is a secret in groups of four, as people type it.
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

// summary says on the account page how sign-in stands.
func summary(s factor.State) string {
	switch {
	case !s.On():
		return "Signing in takes your password alone."
	case s.AppSince != nil && len(s.Passkeys) > 0:
		return "Signing in takes a second step: the authenticator app or a passkey."
	case s.AppSince != nil:
		return "Signing in takes a second step: a code of the authenticator app."
	}
	return "Signing in takes a second step: a passkey."
}

func left(n int) string {
	if n == 1 {
		return "1 code is left."
	}
	return ui.Count(n) + " codes are left."
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
