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

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// doors are the local sockets that lead into and out of the agents' networks. They lie where no agent can look.
type doors struct {
	dir string
	out []sandbox.Bridge
}

// newDoors makes the directory of the sockets, closed to everybody else.
func newDoors(dir string) (doors, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return doors{}, fmt.Errorf("make the directory of agents' sockets: %w", err)
	}
	return doors{dir: dir}, nil
}

// open leads agents from a port of their own loopback to a listener of ours, at the same place after every start.
func (d *doors) open(name string, port uint16, serve func(net.Listener)) error {
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

// ports are what agents may connect to.
func (d doors) ports() (all []uint16) {
	for _, b := range d.out {
		all = append(all, b.Port)
	}
	return all
}

func (d doors) socket(t tenant.ID, port int) string {
	return filepath.Join(d.dir, string(t)+"-"+strconv.Itoa(port))
}

// in is the door to a team's agent server. What earlier ones left is cleared away.
func (d doors) in(t tenant.ID, port int) ([]sandbox.Bridge, error) {
	old, err := filepath.Glob(filepath.Join(d.dir, string(t)+"-*"))
	for _, socket := range old {
		if c, dialErr := sandbox.DialSocket(socket); dialErr == nil {
			_ = c.Close() // the team's other agent server listens there
		} else {
			err = errors.Join(err, os.Remove(socket))
		}
	}
	return []sandbox.Bridge{{Port: uint16(port), Socket: d.socket(t, port)}}, err
}

// dial connects to a team's agent server, through its door where it has a network of its own.
func (d doors) dial(ctx context.Context, t tenant.ID, port int) (net.Conn, error) {
	c, err := sandbox.DialSocket(d.socket(t, port))
	if errors.Is(err, fs.ErrNotExist) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	}
	return c, err
}
