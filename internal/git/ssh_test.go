package git_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/git/sshtest"
)

func TestSSHGoesThroughTheWayAndHoldsTheHostToItsKey(t *testing.T) {
	t.Parallel()
	var w world
	w.lead("127.0.0.1")
	var way func(string, uint16) git.Way
	y := newYard(t, git.Options{Way: func(host string, port uint16) git.Way { return way(host, port) }})
	first, second := sshtest.Key(t), sshtest.Key(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	other := sshtest.Signer(t, rsaKey)
	h := sshtest.New(t, "127.0.0.1:0", y.origin, first)
	key := h.ClientKey
	way = w.way(t, h.Addr)
	_, port, err := net.SplitHostPort(h.Addr)
	must(t, err)
	pinned := ""
	var seen []string
	refused := fault.New(fault.Forbidden, "Another key.")
	src := func() git.Source {
		return git.Source{URL: "ssh://git@host.test:" + port + "/r", Credential: key, HostKey: pinned, Trust: func(_ context.Context, shown string) error {
			seen = append(seen, shown)
			if pinned != "" {
				return refused
			}
			pinned = shown
			return nil
		}}
	}
	must(t, y.Clone(t.Context(), src(), y.bare, nil))
	if pinned != sshtest.Line(first) {
		t.Errorf("pinned %q, want %q", pinned, sshtest.Line(first))
	}
	must(t, y.Fetch(t.Context(), src(), y.bare, nil))
	h.Set(other, first) // a host may get further keys
	must(t, y.Fetch(t.Context(), src(), y.bare, nil))
	for name, keys := range map[string][]ssh.Signer{"another of its kind": {second}, "of another kind": {other}} {
		h.Set(keys...)
		before := h.SignedIn()
		if err := y.Fetch(t.Context(), src(), y.bare, nil); !errors.Is(err, refused) {
			t.Errorf("%s: %v", name, err)
		}
		if h.SignedIn() > before {
			t.Errorf("%s: somebody signed in at a host that is not known", name)
		}
	}
	if !slices.Equal(seen, []string{sshtest.Line(first), sshtest.Line(second), sshtest.Line(other)}) && !slices.Equal(seen, []string{sshtest.Line(first), sshtest.Line(other), sshtest.Line(second)}) {
		t.Errorf("asked about %q", seen)
	}
	h.Set(first)
	w.lead("127.0.0.2")
	if err := y.Fetch(t.Context(), src(), y.bare, nil); !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "127.0.0.2") {
		t.Errorf("led inside: %v", err)
	}
	w.lead("127.0.0.1")
	stranger := src()
	stranger.Credential = otherKey(t)
	if err := y.Fetch(t.Context(), stranger, y.bare, nil); err == nil || !strings.Contains(err.Error(), "permission denied (publickey)") {
		t.Errorf("a key the host does not take: %v", err)
	}
	wrong := src()
	wrong.Credential = strings.Replace(key, "PRIVATE", "PUBLIC", 1)
	if err := y.Fetch(t.Context(), wrong, y.bare, nil); err == nil || strings.Contains(err.Error(), key[40:60]) {
		t.Errorf("a key that is none: %v", err)
	}
}

func otherKey(t *testing.T) string {
	t.Helper()
	return sshtest.New(t, "127.0.0.1:0", "").ClientKey
}

func TestAHostThatDoesNotSpeakSSHIsSaidToBeNone(t *testing.T) {
	t.Parallel()
	y := newYard(t, git.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			c.Close()
		}
	}()
	err = y.Clone(t.Context(), git.Source{URL: "ssh://git@" + l.Addr().String() + "/r"}, y.bare, nil)
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("got %v", err)
	}
}
