package git

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// pinnedName is the host name of the pinned key for ssh, independent of the real host name and port.
const pinnedName = "pinned"

// reachSSH lets git's ssh connect through the proxy to a host with the pinned key. The private key stays in this process, which
// serves it to ssh as an agent on a private socket.
func (g *Git) reachSSH(ctx context.Context, a access, s Source, host string, port uint16) (access, error) {
	shown, err := hostKey(ctx, a.way, net.JoinHostPort(host, strconv.Itoa(int(port))), s.HostKey)
	if err != nil {
		return a, err
	}
	if shown, err = s.trusted(ctx, shown); err != nil {
		return a, err
	}
	dir, err := os.MkdirTemp("", "orc-ssh-")
	if err != nil {
		return a, fmt.Errorf("create the directory for ssh: %w", err)
	}
	a.onClose(func() { _ = os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(pinnedName+" "+shown+"\n"), 0o600); err != nil {
		return a, fmt.Errorf("write the host key: %w", err)
	}
	command, err := sshCommand(dir, a.way.Proxy)
	if err != nil {
		return a, err
	}
	a.reads = []string{dir}
	a.env = []string{"GIT_ALLOW_PROTOCOL=ssh", "GIT_SSH_VARIANT=ssh", "GIT_SSH_COMMAND=" + command, wayVar + "=" + a.way.Proxy}
	a, err = a.withKey(dir, s.Credential)
	return a, errors.Join(err, g.give(dir))
}

// sshCommand returns the ssh command line for the shell that git starts.
func sshCommand(dir, proxy string) (string, error) {
	options := []string{
		"-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "HostKeyAlias=" + pinnedName, "-o", "UpdateHostKeys=no", "-o", "GlobalKnownHostsFile=none",
		"-o", "UserKnownHostsFile=" + quote(filepath.Join(dir, "known_hosts")), "-o", "ClearAllForwardings=yes", "-o", "IdentityFile=none", "-o", "ConnectTimeout=30",
	}
	if proxy != "" {
		exe, err := sandbox.Self()
		if err != nil {
			return "", fmt.Errorf("find this binary: %w", err)
		}
		reach := quote(strings.ReplaceAll(exe, "%", "%%")) + " " + connectArg + " %h %p"
		options = append(options, "-o", quote("ProxyCommand="+reach))
	}
	return "ssh -F none " + strings.Join(options, " "), nil
}

// withKey lets ssh sign with a private key that it cannot read.
func (a access) withKey(dir, key string) (access, error) {
	if key == "" {
		return a, nil
	}
	private, err := ssh.ParseRawPrivateKey([]byte(key))
	if err != nil {
		return a, errors.New("cannot read the SSH key: use a private key in PEM format without a passphrase")
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		return a, fmt.Errorf("load the SSH key: %w", err)
	}
	socket := filepath.Join(dir, "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return a, fmt.Errorf("create the socket of the SSH agent: %w", err)
	}
	go serveKeys(listener, ring)
	a.env = append(a.env, "SSH_AUTH_SOCK="+socket)
	a.onClose(func() { _ = listener.Close() })
	return a, nil
}

// acceptAgain is the wait after a connection that could not be accepted, because the server has no descriptor left at the moment.
const acceptAgain = 20 * time.Millisecond

func serveKeys(l net.Listener, ring agent.Agent) {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(acceptAgain)
			continue
		}
		go func() {
			defer conn.Close()
			_ = agent.ServeAgent(ring, conn)
		}()
	}
}

// quote returns s as one word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
