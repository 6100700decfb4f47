package remote

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// tokenEnv is the variable with a token. A token is never an argument, which other users of the machine could read.
const tokenEnv = "ORCHESTRATOR_TOKEN"

type loginCmd struct {
	PlainHTTP bool `name:"plain-http" help:"Allow an http:// address of another machine. The network can read the token then."`
}

// Run checks the token with the server before it stores it.
func (l *loginCmd) Run(s *shell) error {
	if s.address == "" {
		return exitError{exitUsage, "Enter the server's URL: orchestrator login --address https://orchestrator.example.org"}
	}
	if err := l.checkScheme(s.address); err != nil {
		return err
	}
	token, err := s.readToken()
	if err != nil {
		return err
	}
	c, err := client.New(s.address, token)
	if err != nil {
		return err
	}
	me, err := c.Me(s.ctx)
	if err != nil {
		return err
	}
	path, err := s.save(login{Address: c.Address(), Token: token})
	if err != nil {
		return err
	}
	if s.json {
		return s.printJSON(me)
	}
	fmt.Fprintf(s.Out, "Signed in to %s as %s: %s of the team %s. The token is stored in %s.\n", c.Address(), safe(me.User.Name), me.Role, safe(me.Tenant.Slug), path)
	return nil
}

// checkScheme refuses to send a token over a network that can read it.
func (l *loginCmd) checkScheme(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || l.PlainHTTP || u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback() {
		return nil
	}
	return exitError{exitUsage, "This address has no https, so that the network could read the token. Use https://, or --plain-http if you trust the network."}
}

// readToken reads a token from the variable, without echo from a terminal, or from standard input.
func (s *shell) readToken() (string, error) {
	token := s.Getenv(tokenEnv)
	if token == "" {
		var err error
		if token, err = s.secretLine("API token (from the account page): "); err != nil {
			return "", err
		}
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", exitError{exitUsage, "There is no token on standard input. Create one on the account page, and run `orchestrator login --address URL < token-file`."}
	}
	return token, nil
}

// maxSecret is how much is read for one line with a secret.
const maxSecret = 4096

// secretLine reads one line from standard input; from a terminal after a prompt and without echo.
func (s *shell) secretLine(prompt string) (string, error) {
	if f, ok := s.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(s.Err, prompt)
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(s.Err)
		return strings.TrimSpace(string(typed)), err
	}
	line, err := bufio.NewReader(io.LimitReader(s.In, maxSecret)).ReadString('\n')
	return strings.TrimSpace(line), ignoreEOF(err)
}

type logoutCmd struct{}

// Run deletes the stored login. It succeeds if there is none.
func (*logoutCmd) Run(s *shell) error {
	path, err := s.loginFile()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	fmt.Fprintln(s.Out, "Signed out on this machine. The token stays valid until you revoke it on the account page.")
	return nil
}
