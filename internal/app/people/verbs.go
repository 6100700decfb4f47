// Package people holds the verbs about teams and the people in them: sign-in, second factors, identities, users, members,
// invitations, API tokens, letters, and an admin's entering of a team.
package people

import (
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
)

// Options are the operator's decisions about sign-in.
type Options struct {
	// PublicURL is where people reach the server; empty offers no passkeys and sends no links.
	PublicURL string
	// OIDC is the identity provider people may sign in through; nil where there is none.
	OIDC *OIDC
}

// Verbs are safe for concurrent use.
type Verbs struct {
	k    *appkernel.Kernel
	opts Options
	// site is the server as passkeys know it; nil where there are none.
	site *factor.Site
}

// New makes the verbs of the area.
func New(k *appkernel.Kernel, o Options) *Verbs {
	a := &Verbs{k: k, opts: o}
	a.site = a.newSite()
	return a
}
