package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

// listen takes the pages' address, or says in one sentence what is in the way.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fault.New(fault.Conflict, "The address %s is taken by another program: stop it, or choose another with --listen.", addr)
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "The address %s cannot be listened on: choose another with --listen.", addr).Because(err)
	}
	return l, nil
}

// portOf is the port of a listener.
func portOf(l net.Listener) uint16 {
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return 0
	}
	return at.Port()
}

// freePort says whether addr leaves the choice of the port to the system.
func freePort(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	return err == nil && port == "0"
}

// checkHost refuses a base URL of which no address may be connected to. The guard looks again at every connection.
func checkHost(guard *netguard.Guard) func(context.Context, string) error {
	return func(ctx context.Context, baseURL string) error {
		u, err := url.Parse(baseURL)
		if err != nil {
			return err
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return fault.New(fault.Invalid, "The port %q is none.", port)
		}
		return reachable(ctx, guard, u.Hostname(), uint16(n))
	}
}

// reachable refuses a name of which no address may be connected to.
func reachable(ctx context.Context, guard *netguard.Guard, name string, port uint16) error {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return fault.New(fault.Invalid, "The host %s has no address: check its name.", name).Because(err)
	}
	for _, a := range found {
		if err = guard.Check(netip.AddrPortFrom(a, port)); err == nil {
			return nil
		}
	}
	return err
}
