package git

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// plainKeys are the requested host key algorithms. They exclude certificates, because no authority is configured, and SHA-1.
var plainKeys = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}

// hostKey returns the key that a host presents, in the format of authorized_keys. A host that has the pinned key presents that one,
// even if it has others.
func hostKey(ctx context.Context, way Way, to, pinned string) (string, error) {
	if pinned != "" {
		kind, _, _ := strings.Cut(pinned, " ")
		algorithms := []string{kind}
		if kind == ssh.KeyAlgoRSA {
			algorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
		}
		key, err := presentedKey(ctx, way, to, algorithms)
		var none *ssh.AlgorithmNegotiationError
		if !errors.As(err, &none) {
			return key, err
		}
	}
	return presentedKey(ctx, way, to, plainKeys)
}

var errSeen = errors.New("the key was seen")

// presentedKey starts an SSH handshake and ends it as soon as the host has presented its key, before any credential is sent.
func presentedKey(ctx context.Context, way Way, to string, algorithms []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	conn, err := connect(ctx, way.Proxy, to)
	if err != nil {
		return "", unreachable(way, to, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	var seen ssh.PublicKey
	_, _, _, err = ssh.NewClientConn(conn, to, &ssh.ClientConfig{User: "git", HostKeyAlgorithms: algorithms,
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			seen = key
			return errSeen
		}})
	if seen == nil {
		return "", unreachable(way, to, err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(seen))), nil
}

func unreachable(way Way, to string, err error) error {
	if why := way.refusal(); why != nil {
		return why
	}
	var none *ssh.AlgorithmNegotiationError
	if errors.As(err, &none) {
		return fmt.Errorf("negotiate a host key with %s: %w", to, err)
	}
	return fault.New(fault.Unavailable, "No SSH server responds at %s.", to).Because(err)
}

// refusal returns why the proxy refused a connection, or nil if it did not or if there is no proxy.
func (w Way) refusal() error {
	if w.Refused == nil {
		return nil
	}
	return w.Refused()
}

// trusted returns the key that a host must have: the pinned one, or the presented one if Trust accepts it.
func (s Source) trusted(ctx context.Context, shown string) (string, error) {
	if shown == s.HostKey {
		return shown, nil
	}
	if s.Trust == nil && s.HostKey != "" {
		return "", fault.New(fault.Forbidden, "The SSH host presented a different key than the pinned one.")
	}
	if s.Trust != nil {
		if err := s.Trust(ctx, shown); err != nil {
			return "", err
		}
	}
	return shown, nil
}
