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

// unreachable is the fault for a provider that does not respond, or not usefully.
func unreachable(err error) error {
	var network net.Error
	var asked *url.Error
	if errors.As(err, &network) || errors.As(err, &asked) {
		return fault.New(fault.Unavailable, "Cannot connect to the identity provider. Try again in a moment. If this keeps happening, the operator can find the reason in the server log.").Because(err)
	}
	return invalidResponse(err)
}

func invalidResponse(err error) error {
	return fault.New(fault.Unavailable, "The identity provider sent an invalid response. The operator can find the reason in the server log.").Because(err)
}

// untrusted is the fault for a response that may be an attempt to impersonate somebody.
func untrusted(err error) error {
	return fault.New(fault.Unauthenticated, "The identity provider's response does not belong to this sign-in. Start again.").Because(err)
}

func tokenFault(err error) error {
	var old *oidc.TokenExpiredError
	if errors.As(err, &old) {
		return fault.New(fault.Unauthenticated, "The identity provider's token has expired. Start again. If this keeps happening, check the clocks on this server and on the provider's server.").Because(err)
	}
	// The library distinguishes invalid signatures from keys that could not be fetched only by the message.
	if strings.Contains(err.Error(), "fetching keys") {
		return fault.New(fault.Unavailable, noKeys).Because(err)
	}
	return untrusted(err)
}

const noKeys = "The identity provider's signing keys are not available. Try again in a moment. If this keeps happening, the operator can find the reason in the server log."

// exchangeFault is the fault for a rejected code, which was already used or is invalid.
func exchangeFault(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return unreachable(err)
	}
	switch refused.ErrorCode {
	case "invalid_grant":
		return fault.New(fault.Unauthenticated, "This sign-in has already been used or has expired. Start again.").Because(err)
	case "invalid_client", "unauthorized_client":
		return fault.New(fault.Unavailable, "The identity provider rejected this server's credentials. The operator can check --oidc-client-id and the client secret.").Because(err)
	}
	return invalidResponse(err)
}
