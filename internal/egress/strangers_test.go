package egress

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/listener"
)

const (
	stranger = "GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n"
	socketOf = "EGRESS_TEST_SOCKET"
)

// sandboxes is a proxy that also listens on a local socket, as it does for sandboxes.
func sandboxes(t *testing.T, change func(*Options)) (*house, string) {
	t.Helper()
	h := build(t, nil, func(o *Options) {
		o.Pool = listener.NewPool(1000, 256, 64)
		change(o)
	})
	socket := filepath.Join(t.TempDir(), "egress")
	l, err := net.Listen("unix", socket)
	must(t, err)
	h.proxy.Also(l)
	return h, socket
}

func dial(t *testing.T, socket, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", socket)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	must(t, c.SetDeadline(time.Now().Add(time.Minute)))
	if _, err := io.WriteString(c, text); err != nil && text != "" {
		t.Logf("write: %v", err) // it was refused
	}
	return c
}

// A program without a credential holds at most 64 connections of its sandbox. Other sandboxes and the server's own git go on.
func TestASandboxHoldsFewConnectionsWithoutACredential(t *testing.T) {
	h, socket := sandboxes(t, func(o *Options) { o.HeaderWithin = time.Minute })
	for range 64 {
		dial(t, socket, "GET / HTTP/1.1\r\n")
	}
	if _, err := dial(t, socket, stranger).Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the 65th connection is answered: %v", err)
	}
	if status, _ := h.get("http://example.org/", "s", "wrong"); status != http.StatusProxyAuthRequired {
		t.Errorf("the server's own git: status %d", status)
	}
	other := exec.Command(os.Args[0], "-test.run", "^TestAnotherSandbox$")
	other.Env = append(os.Environ(), socketOf+"="+socket)
	if out, err := other.CombinedOutput(); err != nil {
		t.Errorf("another sandbox: %v\n%s", err, out)
	}
}

// TestAnotherSandbox is what another process does in TestASandboxHoldsFewConnectionsWithoutACredential.
func TestAnotherSandbox(t *testing.T) {
	socket := os.Getenv(socketOf)
	if socket == "" {
		t.Skip("there is no proxy of another test")
	}
	res, err := http.ReadResponse(bufio.NewReader(dial(t, socket, stranger)), nil)
	must(t, err)
	if res.StatusCode != http.StatusProxyAuthRequired {
		t.Errorf("status %d", res.StatusCode)
	}
}

// Whoever is refused for lack of a credential loses the connection, even in the middle of a body.
func TestStrangersLoseTheirConnection(t *testing.T) {
	t.Parallel()
	_, socket := sandboxes(t, func(*Options) {})
	for _, text := range []string{stranger, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST http://example.org/ HTTP/1.1\r\nHost: example.org\r\nContent-Length: 10\r\n\r\nhalf"} {
		c := dial(t, socket, text)
		r := bufio.NewReader(c)
		res, err := http.ReadResponse(r, nil)
		must(t, err)
		_, _ = io.Copy(io.Discard, res.Body)
		if _, err := r.ReadByte(); !res.Close || errors.Is(err, os.ErrDeadlineExceeded) || err == nil {
			t.Errorf("%q: status %d, closed: %t, then %v", text, res.StatusCode, res.Close, err)
		}
	}
}

// A client that does not finish its headers in time loses the connection.
func TestHeadersMustArriveInTime(t *testing.T) {
	t.Parallel()
	_, socket := sandboxes(t, func(o *Options) { o.HeaderWithin = 50 * time.Millisecond })
	for _, text := range []string{"", "GET / HTTP/1.1\r\nHost: x\r\n"} {
		if _, err := io.ReadAll(dial(t, socket, text)); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Known programs do not count among the strangers: a session uses all of its tunnels.
func TestTunnelsAreNoStrangers(t *testing.T) {
	t.Parallel()
	at, opened := internet(t, func(http.ResponseWriter, *http.Request) {})
	h := build(t, opened, func(o *Options) { o.Pool = listener.NewPool(1000, 256, 4) }, at)
	socket := filepath.Join(t.TempDir(), "egress")
	l, err := net.Listen("unix", socket)
	must(t, err)
	h.proxy.Also(l)
	for i := range 64 {
		c := dial(t, socket, fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic czpwdw==\r\n\r\n", at, at))
		res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: http.MethodConnect})
		must(t, err)
		if res.StatusCode != http.StatusOK {
			t.Fatalf("tunnel %d: %d", i, res.StatusCode)
		}
	}
}
