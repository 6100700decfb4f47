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

// plainKeys are the host keys we ask for: no certificates, whose authority nobody here knows, and nothing signed with SHA-1.
var plainKeys = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}

// hostKey is the key a host shows, in the form of authorized_keys. A host that has the pinned key shows that one, whatever others
// it has.
func hostKey(ctx context.Context, way Way, to, pinned string) (string, error) {
	if pinned != "" {
		kind, _, _ := strings.Cut(pinned, " ")
		algorithms := []string{kind}
		if kind == ssh.KeyAlgoRSA {
			algorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
		}
		key, err := shownKey(ctx, way, to, algorithms)
		var none *ssh.AlgorithmNegotiationError
		if !errors.As(err, &none) {
			return key, err
		}
	}
	return shownKey(ctx, way, to, plainKeys)
}

var errSeen = errors.New("the key was seen")

// shownKey begins to speak ssh with a host and ends as soon as it has shown its key: nothing of ours is sent.
func shownKey(ctx context.Context, way Way, to string, algorithms []string) (string, error) {
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
	if why := way.why(); why != nil {
		return why
	}
	var none *ssh.AlgorithmNegotiationError
	if errors.As(err, &none) {
		return fmt.Errorf("agree with %s on a host key: %w", to, err)
	}
	return fault.New(fault.Unavailable, "No ssh server answers at %s.", to).Because(err)
}

// why is what the way refused; nil when it did not, or when there is no way but git's own.
func (w Way) why() error {
	if w.Refused == nil {
		return nil
	}
	return w.Refused()
}

// trusted is the key to hold a host to: the pinned one, or the one it shows where whoever knows says that it may be trusted.
func (s Source) trusted(ctx context.Context, shown string) (string, error) {
	if shown == s.HostKey {
		return shown, nil
	}
	if s.Trust == nil && s.HostKey != "" {
		return "", fault.New(fault.Forbidden, "The ssh host shows another key than the pinned one.")
	}
	if s.Trust != nil {
		if err := s.Trust(ctx, shown); err != nil {
			return "", err
		}
	}
	return shown, nil
}
