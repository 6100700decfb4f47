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

// listen opens a listener, or returns a fault that says what to change.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fault.New(fault.Conflict, "The address %s is in use by another program. Stop that program, or choose another address with --listen.", addr)
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "Cannot listen on %s. Choose another address with --listen.", addr).Because(err)
	}
	return l, nil
}

// portOf returns the port of a listener.
func portOf(l net.Listener) uint16 {
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return 0
	}
	return at.Port()
}

// freePort reports whether addr lets the system choose the port.
func freePort(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	return err == nil && port == "0"
}

// checkHost refuses a base URL if the server may not connect to any of its addresses. The guard checks each connection again.
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
			return fault.New(fault.Invalid, "%q is not a valid port.", port)
		}
		return reachable(ctx, guard, u.Hostname(), uint16(n))
	}
}

// reachable refuses a host name if the server may not connect to any of its addresses.
func reachable(ctx context.Context, guard *netguard.Guard, name string, port uint16) error {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return fault.New(fault.Invalid, "No address was found for the host %s. Check the name.", name).Because(err)
	}
	for _, a := range found {
		if err = guard.Check(netip.AddrPortFrom(a, port)); err == nil {
			return nil
		}
	}
	return err
}
