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
	"time"
)

// Way is a proxy that leads to one host and port and looks at every address on the way.
type Way struct {
	// Proxy is its address with a credential: http://user:password@127.0.0.1:4000.
	Proxy string
	// Refused is why it refused a connection, in a sentence; nil when it did not.
	Refused func() error
	// Close ends the way.
	Close func()
}

const (
	connectArg = "__connect"
	// wayVar holds the proxy's address for ssh's connection, so that the credential is on no command line.
	wayVar = "ORCHESTRATOR_WAY"
	// connectWithin bounds how long a host may take to be reached.
	connectWithin = 30 * time.Second
)

// Main is called first in main and in every TestMain whose package reaches ssh hosts. When this process was started as ssh's way
// to a host, it carries that connection and never returns; otherwise it returns at once.
func Main() {
	if len(os.Args) != 4 || os.Args[1] != connectArg {
		return
	}
	if err := carry(net.JoinHostPort(os.Args[2], os.Args[3])); err != nil {
		fmt.Fprintf(os.Stderr, "ssh: %v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// carry joins standard input and output with a host until the host has said all.
func carry(to string) error {
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	defer cancel()
	conn, err := connect(ctx, os.Getenv(wayVar), to)
	if err != nil {
		return err
	}
	defer conn.Close()
	go func() {
		_, _ = io.Copy(conn, os.Stdin) // ssh ends by ending us
		_ = conn.Conn.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, conn)
	return err
}

// tunnelled is a connection through a proxy, of which a reader may hold the beginning: nothing may be read past it.
type tunnelled struct {
	net.Conn
	read *bufio.Reader
}

// Read reads what the host says.
func (t tunnelled) Read(b []byte) (int, error) { return t.read.Read(b) }

// connect reaches a host through a proxy, or by itself where none is given.
func connect(ctx context.Context, proxy, to string) (tunnelled, error) {
	var d net.Dialer
	if proxy == "" {
		return dialed(d.DialContext(ctx, "tcp", to))
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return tunnelled{}, fmt.Errorf("the proxy's address is none") // it holds a secret
	}
	t, err := dialed(d.DialContext(ctx, "tcp", u.Host))
	if err != nil {
		return t, err
	}
	if err := t.ask(ctx, u.User, to); err != nil {
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

func (t tunnelled) ask(ctx context.Context, user *url.Userinfo, to string) error {
	if until, ok := ctx.Deadline(); ok {
		_ = t.SetDeadline(until) // a closed connection says so itself
		defer func() { _ = t.SetDeadline(time.Time{}) }()
	}
	password, _ := user.Password()
	basic := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
	if _, err := fmt.Fprintf(t, "CONNECT %s HTTP/1.1\r\nHost: %s\r\nProxy-Authorization: Basic %s\r\n\r\n", to, to, basic); err != nil {
		return fmt.Errorf("ask the proxy for %s: %w", to, err)
	}
	res, err := http.ReadResponse(t.read, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return fmt.Errorf("ask the proxy for %s: %w", to, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the proxy does not connect to %s: %s", to, res.Status)
	}
	return nil
}
