package git

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// reachSSH lets git's ssh use a key that stays in this process: ssh asks an agent of ours on a private socket.
func (g *Git) reachSSH(a access, key, host, pin string) (access, error) {
	options := []string{
		"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "ClearAllForwardings=yes",
		"-o", "UserKnownHostsFile=" + quoted(filepath.Join(g.opt.Home, "known_hosts")), "-o", "IdentityFile=none", "-o", "ConnectTimeout=30",
	}
	if pin != "" {
		options = append(options, "-o", "HostName="+pin, "-o", "HostKeyAlias="+host)
	}
	a.env = []string{"GIT_ALLOW_PROTOCOL=ssh", "GIT_SSH_VARIANT=ssh", "GIT_SSH_COMMAND=" + strings.Join(options, " ")}
	if key == "" {
		return a, nil
	}
	private, err := ssh.ParseRawPrivateKey([]byte(key))
	if err != nil {
		return a, fmt.Errorf("read the ssh key: %w", err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		return a, fmt.Errorf("keep the ssh key: %w", err)
	}
	dir, err := os.MkdirTemp("", "orc-ssh-")
	if err != nil {
		return a, fmt.Errorf("make the key's socket: %w", err)
	}
	socket := filepath.Join(dir, "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		_ = os.RemoveAll(dir)
		return a, fmt.Errorf("make the key's socket: %w", err)
	}
	go serveKeys(listener, ring)
	a.env = append(a.env, "SSH_AUTH_SOCK="+socket)
	a.close = func() {
		_ = listener.Close()
		_ = os.RemoveAll(dir)
	}
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

// quoted is one word for the shell that reads GIT_SSH_COMMAND.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
