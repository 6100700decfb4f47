package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// bridges are the local sockets that connect the agents' networks with the server. Their directory is not visible to agents.
type bridges struct {
	dir string
	out []sandbox.Bridge
	// place is the name of a session's directories, which its sockets are named after: it stays when a spare is taken over.
	place func(opencode.Key) string
}

// newBridges creates the directory of the sockets, readable only by the server's user.
func newBridges(dir string, place func(opencode.Key) string) (bridges, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return bridges{}, fmt.Errorf("create the directory for agent sockets: %w", err)
	}
	return bridges{dir: dir, place: place}, nil
}

// addOutbound connects a port on the agents' loopback to a listener of the server. The socket's path is the same after
// every start.
func (d *bridges) addOutbound(name string, port uint16, serve func(net.Listener)) error {
	socket := filepath.Join(d.dir, name)
	d.out = append(d.out, sandbox.Bridge{Port: port, Socket: socket})
	if !sandbox.Probe().Network {
		return nil // agents share the host's network and dial the port itself
	}
	l, err := sandbox.ListenSocket(socket)
	if err == nil {
		serve(l)
	}
	return err
}

// socket is the socket of a session's agent server; a session's ID alone would do, but its team's sorts the directory.
func (d bridges) socket(k opencode.Key, port int) string {
	return filepath.Join(d.dir, string(k.Tenant)+"-"+d.place(k)+"-"+strconv.Itoa(port))
}

// inbound returns the bridge to a session's agent server and removes the sockets that its earlier agent servers left.
func (d bridges) inbound(k opencode.Key, port int) ([]sandbox.Bridge, error) {
	return []sandbox.Bridge{{Port: uint16(port), Socket: d.socket(k, port)}}, d.remove(k)
}

// remove removes the sockets of a session's agent servers, which have ended.
func (d bridges) remove(k opencode.Key) error {
	old, err := filepath.Glob(filepath.Join(d.dir, string(k.Tenant)+"-"+d.place(k)+"-*"))
	for _, socket := range old {
		if gone := os.Remove(socket); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// dial connects to a session's agent server, through its bridge if it has a separate network.
func (d bridges) dial(ctx context.Context, k opencode.Key, port int) (net.Conn, error) {
	c, err := sandbox.DialSocket(d.socket(k, port))
	if errors.Is(err, fs.ErrNotExist) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	return c, err
}
