// Package people holds the verbs for teams and their people: sign-in, second factors, identities, users, members, invitations, API
// tokens, e-mails, and admins who enter a team.
package people

import (
	"context"
	"time"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
)

// Options are the operator's settings for sign-in.
type Options struct {
	// PublicURL is the server's URL for people. If it is empty, there are no passkeys and no links in e-mails.
	PublicURL string
	// OIDC is the identity provider; nil if there is none.
	OIDC *OIDC
	// Wait delays sign-ins to an account that many wrong passwords were tried for; nil waits on the wall clock.
	Wait func(context.Context, time.Duration) error
}

// Verbs are safe for concurrent use.
type Verbs struct {
	k    *appkernel.Kernel
	opts Options
	// site is the relying party of passkeys; nil if there are none.
	site *factor.Site
}

// New returns the verbs of the area.
func New(k *appkernel.Kernel, o Options) *Verbs {
	if o.Wait == nil {
		o.Wait = waitFor
	}
	a := &Verbs{k: k, opts: o}
	a.site = a.newSite()
	return a
}
