package oidc

import (
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// unreachable is a provider that does not answer, or answers what nobody can use.
func unreachable(err error) error {
	var network net.Error
	var asked *url.Error
	if errors.As(err, &network) || errors.As(err, &asked) {
		return fault.New(fault.Unavailable, "The identity provider cannot be reached now. Try again in a moment; if it stays so, the operator finds the reason in the server's log.").Because(err)
	}
	return nonsense(err)
}

func nonsense(err error) error {
	return fault.New(fault.Unavailable, "The identity provider answered something that is no sign-in. The operator finds the reason in the server's log.").Because(err)
}

// untrusted is an answer that may be somebody's attempt to be somebody else.
func untrusted(err error) error {
	return fault.New(fault.Unauthenticated, "What the identity provider sent does not belong to this sign-in. Begin again.").Because(err)
}

func tokenFault(err error) error {
	var old *oidc.TokenExpiredError
	if errors.As(err, &old) {
		return fault.New(fault.Unauthenticated, "The proof of the identity provider has expired. Begin again; if it stays so, a clock is wrong, here or there.").Because(err)
	}
	// The library tells a signature that does not hold from keys that could not be fetched in words only.
	if strings.Contains(err.Error(), "fetching keys") {
		return fault.New(fault.Unavailable, noKeys).Because(err)
	}
	return untrusted(err)
}

const noKeys = "The identity provider does not give the keys its proofs are checked with. Try again in a moment; if it stays so, the operator finds the reason in the server's log."

// exchangeFault words a code that was not taken: used already, or not ours.
func exchangeFault(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return unreachable(err)
	}
	switch refused.ErrorCode {
	case "invalid_grant":
		return fault.New(fault.Unauthenticated, "This sign-in was used already or is too old. Begin again.").Because(err)
	case "invalid_client", "unauthorized_client":
		return fault.New(fault.Unavailable, "The identity provider does not take this server's own credential. The operator can check --oidc-client-id and the client secret.").Because(err)
	}
	return nonsense(err)
}
