package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/listener"
)

// sandboxed is a gateway on a local socket, as sandboxes reach it.
func sandboxed(t *testing.T, h *house) string {
	t.Helper()
	s, err := gateway.Listen("127.0.0.1:0", gateway.New(gateway.Options{Backend: h.ledger, Transport: http.DefaultTransport}), listener.NewPool(1000, 256, 8))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.Close(ctx)
	})
	socket := filepath.Join(t.TempDir(), "gateway")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s.Also(l)
	return socket
}

func send(t *testing.T, socket, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, text) // it may be refused
	return c
}

// A sandbox holds few connections without a valid key. Those that wait for a model are not among them.
func TestASandboxHoldsFewConnectionsWithoutAKey(t *testing.T) {
	t.Parallel()
	if listener.ByProcess(send(t, sandboxed(t, newHouse(t, provider.OpenAI)), "")) == "" {
		t.Skip("this system does not name the process behind a socket")
	}
	h := newHouse(t, provider.OpenAI)
	socket := sandboxed(t, h)
	body := prompt("responses", `SCRIPT:[{"text":"x","hang":true}]`, true)
	for range 12 {
		c := send(t, socket, fmt.Sprintf("POST /p/acme/v1/responses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", processKey, len(body), body))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("a call: %+v, %v", res, err)
		}
	}
	for range 8 {
		send(t, socket, "POST /p/acme/v1/responses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\nContent-Length: 10\r\n\r\nhalf")
	}
	if _, err := send(t, socket, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the ninth is answered: %v", err)
	}
}

// Whoever has no key loses the connection, and so does whoever hides a request behind a second length.
func TestUnclearAndUnknownRequestsEndTheConnection(t *testing.T) {
	t.Parallel()
	socket := sandboxed(t, newHouse(t, provider.OpenAI))
	with := "Host: x\r\nAuthorization: Bearer " + processKey + "\r\n"
	for name, text := range map[string]string{
		"no key":                "POST /p/acme/v1/responses HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
		"a wrong path":          "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a length and chunks":   "POST /p/acme/v1/responses HTTP/1.1\r\n" + with + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"chunks in HTTP/1.0":    "POST /p/acme/v1/responses HTTP/1.0\r\nConnection: keep-alive\r\n" + with + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"a space before colons": "POST /p/acme/v1/responses HTTP/1.1\r\n" + with + "Transfer-Encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
	} {
		r := bufio.NewReader(send(t, socket, text+"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"))
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		all, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode < 400 || !res.Close || strings.Contains(string(all), "HTTP/1.") {
			t.Errorf("%s: status %d, closed: %t, %q, %v", name, res.StatusCode, res.Close, all, err)
		}
		if rest, err := io.ReadAll(r); errors.Is(err, os.ErrDeadlineExceeded) || len(rest) > 0 {
			t.Errorf("%s: then %q, %v", name, rest, err)
		}
	}
}
