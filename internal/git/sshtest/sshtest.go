// Package sshtest is an SSH host for tests. It serves one repository to clients with one key, and presents configurable host
// keys.
package sshtest

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Host is a running host.
type Host struct {
	Addr string
	// ClientKey is the private key that it accepts, in PEM.
	ClientKey string

	repository string
	taken      string
	mu         sync.Mutex
	keys       []ssh.Signer
	signedIn   int
}

// New starts a host on address, such as 127.0.0.1:0, until the test ends.
func New(t *testing.T, address, repository string, keys ...ssh.Signer) *Host {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	must(t, err)
	l, err := net.Listen("tcp", address)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	h := &Host{Addr: l.Addr().String(), ClientKey: string(pem.EncodeToMemory(block)), repository: repository,
		taken: string(Signer(t, private).PublicKey().Marshal()), keys: keys}
	go h.accept(l)
	return h
}

// Key generates a host key.
func Key(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return Signer(t, key)
}

// Signer returns a host key for a private key.
func Signer(t *testing.T, key crypto.Signer) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromSigner(key)
	must(t, err)
	return s
}

// Line returns a host key in the format of authorized_keys.
func Line(s ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
}

// Set replaces the host keys for new connections.
func (h *Host) Set(keys ...ssh.Signer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys = keys
}

// SignedIn returns the number of successful sign-ins.
func (h *Host) SignedIn() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.signedIn
}

func (h *Host) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go h.serve(c)
	}
}

func (h *Host) config() *ssh.ServerConfig {
	c := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != h.taken {
			return nil, errors.New("who are you")
		}
		return nil, nil
	}}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range h.keys {
		c.AddHostKey(k)
	}
	return c
}

func (h *Host) serve(c net.Conn) {
	defer c.Close()
	_, chans, requests, err := ssh.NewServerConn(c, h.config())
	if err != nil {
		return
	}
	h.mu.Lock()
	h.signedIn++
	h.mu.Unlock()
	go ssh.DiscardRequests(requests)
	for ch := range chans {
		channel, requests, err := ch.Accept()
		if err == nil {
			go h.session(channel, requests)
		}
	}
}

// session runs git-receive-pack on the repository for a push, and git-upload-pack for every other command.
func (h *Host) session(ch ssh.Channel, requests <-chan *ssh.Request) {
	defer ch.Close()
	for r := range requests {
		_ = r.Reply(r.Type == "exec", nil)
		if r.Type != "exec" {
			continue
		}
		_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{h.serveGit(ch, service(r.Payload))}))
		return
	}
}

// service is the git program of a command.
func service(payload []byte) string {
	if strings.Contains(string(payload), "git-receive-pack") {
		return "receive-pack"
	}
	return "upload-pack"
}

func (h *Host) serveGit(ch ssh.Channel, service string) uint32 {
	cmd := exec.Command("git", "-c", "safe.directory=*", service, h.repository)
	cmd.Stdout, cmd.Stderr = ch, ch.Stderr()
	in, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return 1
	}
	go func() {
		_, _ = io.Copy(in, ch)
		_ = in.Close()
	}()
	if cmd.Wait() != nil {
		return 1
	}
	return 0
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
