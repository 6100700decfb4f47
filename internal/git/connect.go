package git

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"
)

// Way is access to one host and port through a proxy that checks every address.
type Way struct {
	// Proxy is the proxy's URL with a credential: http://user:password@127.0.0.1:4000.
	Proxy string
	// Refused returns why the proxy refused a connection, or nil if it did not.
	Refused func() error
	// Close revokes the access.
	Close func()
}

const (
	connectArg = "__connect"
	// wayVar is the environment variable with the proxy's URL for ssh, so that the credential is on no command line.
	wayVar = "ORCHESTRATOR_WAY"
	// connectWithin is the time limit for a connection to a host.
	connectWithin = 30 * time.Second
)

// Main must be called first in main and in every TestMain of a package that connects to SSH hosts. If ssh started this process as
// its ProxyCommand, Main forwards that connection and never returns; otherwise it returns immediately.
func Main() {
	if len(os.Args) != 4 || os.Args[1] != connectArg {
		return
	}
	if err := forwardStdio(net.JoinHostPort(os.Args[2], os.Args[3])); err != nil {
		fmt.Fprintf(os.Stderr, "ssh: %v\n", err)
		syscall.Exit(1)
	}
	syscall.Exit(0) // os.Exit waits for a second under the race detector
}

// forwardStdio connects standard input and output with a host until the host closes the connection.
func forwardStdio(to string) error {
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	defer cancel()
	conn, err := connect(ctx, os.Getenv(wayVar), to)
	if err != nil {
		return err
	}
	defer conn.Close()
	go func() {
		_, _ = io.Copy(conn, os.Stdin) // ssh ends this process when it is done
		_ = conn.Conn.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, conn)
	return err
}

// tunnelled is a connection through a proxy. Its reader may have buffered the first bytes, so all reads must go through it.
type tunnelled struct {
	net.Conn
	read *bufio.Reader
}

// Read reads through the buffered reader.
func (t tunnelled) Read(b []byte) (int, error) { return t.read.Read(b) }

// connect connects to a host through a proxy, or directly if proxy is empty.
func connect(ctx context.Context, proxy, to string) (tunnelled, error) {
	var d net.Dialer
	if proxy == "" {
		return dialed(d.DialContext(ctx, "tcp", to))
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return tunnelled{}, fmt.Errorf("the proxy's URL is invalid") // without the URL, which contains a secret
	}
	t, err := dialed(d.DialContext(ctx, "tcp", u.Host))
	if err != nil {
		return t, err
	}
	if err := t.sendConnect(ctx, u.User, to); err != nil {
		_ = t.Close()
		return t, err
	}
	return t, nil
}

func dialed(c net.Conn, err error) (tunnelled, error) {
	if err != nil {
		return tunnelled{}, err
	}
	return tunnelled{c, bufio.NewReader(c)}, nil
}

func (t tunnelled) sendConnect(ctx context.Context, user *url.Userinfo, to string) error {
	if until, ok := ctx.Deadline(); ok {
		_ = t.SetDeadline(until) // if the connection is closed, the next write fails
		defer func() { _ = t.SetDeadline(time.Time{}) }()
	}
	password, _ := user.Password()
	basic := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
	if _, err := fmt.Fprintf(t, "CONNECT %s HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic %s\r\n\r\n", to, to, basic); err != nil {
		return fmt.Errorf("connect to %s through the proxy: %w", to, err)
	}
	res, err := http.ReadResponse(t.read, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return fmt.Errorf("connect to %s through the proxy: %w", to, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the proxy does not connect to %s: %s", to, res.Status)
	}
	return nil
}
