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

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// pinnedName is what the pinned key is called to ssh, whatever the host's name and port are.
const pinnedName = "pinned"

// reachSSH lets git's ssh reach a host that shows the pinned key, through the way, with a key that stays in this process: ssh
// asks an agent of ours on a private socket.
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
		return a, fmt.Errorf("make ssh's directory: %w", err)
	}
	a.also(func() { _ = os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(pinnedName+" "+shown+"\n"), 0o600); err != nil {
		return a, fmt.Errorf("write the host's key: %w", err)
	}
	command, err := sshCommand(dir, a.way.Proxy)
	if err != nil {
		return a, err
	}
	a.env = []string{"GIT_ALLOW_PROTOCOL=ssh", "GIT_SSH_VARIANT=ssh", "GIT_SSH_COMMAND=" + command, wayVar + "=" + a.way.Proxy}
	return a.withKey(dir, s.Credential)
}

// sshCommand is ssh as the shell that git starts reads it.
func sshCommand(dir, proxy string) (string, error) {
	options := []string{
		"-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "HostKeyAlias=" + pinnedName, "-o", "UpdateHostKeys=no", "-o", "GlobalKnownHostsFile=none",
		"-o", "UserKnownHostsFile=" + quoted(filepath.Join(dir, "known_hosts")), "-o", "ClearAllForwardings=yes", "-o", "IdentityFile=none", "-o", "ConnectTimeout=30",
	}
	if proxy != "" {
		exe, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find this binary: %w", err)
		}
		reach := quoted(strings.ReplaceAll(exe, "%", "%%")) + " " + connectArg + " %h %p"
		options = append(options, "-o", quoted("ProxyCommand="+reach))
	}
	return "ssh -F none " + strings.Join(options, " "), nil
}

// withKey gives ssh a private key to sign with, which it never sees.
func (a access) withKey(dir, key string) (access, error) {
	if key == "" {
		return a, nil
	}
	private, err := ssh.ParseRawPrivateKey([]byte(key))
	if err != nil {
		return a, errors.New("the ssh key cannot be read: it has to be a private key in PEM without a passphrase")
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		return a, fmt.Errorf("keep the ssh key: %w", err)
	}
	socket := filepath.Join(dir, "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return a, fmt.Errorf("make the key's socket: %w", err)
	}
	go serveKeys(listener, ring)
	a.env = append(a.env, "SSH_AUTH_SOCK="+socket)
	a.also(func() { _ = listener.Close() })
	return a, nil
}

func serveKeys(l net.Listener, ring agent.Agent) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			_ = agent.ServeAgent(ring, conn)
		}()
	}
}

// quoted is one word for a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
