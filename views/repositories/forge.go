package repositories

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Forge is the part of a repository's page about its forge.
type Forge struct {
	Stored forge.Stored
	// Form has the values of the form: as stored, as typed, or proposed from the clone URL.
	Form forge.Settings
	// HookURL and HookKey are those of a webhook that was just made; else empty.
	HookURL, HookKey string
}

// forgeKinds are the choices of the form.
func forgeKinds(chosen forge.Kind) (all []ui.Option) {
	for _, k := range forge.Kinds {
		all = append(all, ui.Option{Value: string(k), Label: k.Name(), Selected: k == chosen})
	}
	return all
}

func tokenHint(f forge.Stored) string {
	const hint = "An access token with read and write access to code and pull requests. Stored encrypted. You won't be able to see it again."
	if f.IsSet() {
		return "Leave empty to keep the stored token. " + hint
	}
	return hint
}

// account names whose token is stored.
func account(f forge.Stored) string {
	if f.Access.Account == "" {
		return "stored"
	}
	return "stored, of " + f.Access.Account
}

// rights says what a token can do on its project.
func rights(a forge.Access) string {
	switch {
	case a.CanAdmin:
		return "open and merge pull requests, manage the project"
	case a.CanPush:
		return "push branches, open and merge pull requests"
	}
	return "read only"
}

func webhook(f forge.Stored) string {
	if f.Hook == "" {
		return "none: the state is read every 10 minutes, every minute while a page shows it"
	}
	return "set up"
}

func hookVerb(f forge.Stored) string {
	if f.Hook == "" {
		return "Create webhook"
	}
	return "Replace webhook"
}
