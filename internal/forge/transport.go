package forge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// within bounds one request. The second context is the caller's, to tell its end from the time limit.
func (f *Forges) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, f.o.Timeout)
}

// connectionRefusal is the error of a request that got no answer. caller is the context without the request's own time limit: its end is
// no refusal of the forge.
func connectionRefusal(caller context.Context, err error, token string) error {
	if caller.Err() != nil {
		return context.Cause(caller)
	}
	var own *fault.Error
	if errors.As(err, &own) { // of the guard
		return (&forge.Refusal{Reason: forge.Unreachable, Text: own.Message}).Because(err)
	}
	if isTooLarge(err) {
		return (&forge.Refusal{Reason: forge.Broken, Text: errTooLarge.Error()}).Because(err)
	}
	r := &forge.Refusal{Reason: forge.TimedOut, Text: clean(root(err).Error(), token)}
	if neverSent(err) {
		r.Reason = forge.Unreachable
	}
	return r.Because(err)
}

// neverSent reports whether a request failed before the forge could receive it.
func neverSent(err error) bool {
	var op *net.OpError
	var name *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &name) || errors.As(err, &op) && op.Op == "dial" || errors.As(err, &unknown) || errors.As(err, &host) ||
		errors.As(err, &invalid) || errors.As(err, &verification) || errors.As(err, &record)
}

// root is the innermost error, whose text has neither method nor URL.
func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// between is a duration that a forge reports as two times: 0 if one is missing or they make no sense.
func between(start, end *time.Time) time.Duration {
	if start == nil || end == nil || end.Before(*start) || end.Sub(*start) > 30*24*time.Hour {
		return 0
	}
	return end.Sub(*start)
}
