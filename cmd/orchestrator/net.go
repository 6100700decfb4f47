package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

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

// checkAgentHost refuses an entry of a network list if agents may not connect to any of its addresses. It accepts a name that has no
// address now, and one with *, which stands for many names: the guard checks each connection.
func checkAgentHost(guard *netguard.Guard) func(context.Context, string) error {
	return func(ctx context.Context, entry string) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		name, port, err := net.SplitHostPort(entry)
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return err
		}
		if name == "localhost" || strings.HasSuffix(name, ".localhost") { // resolvers disagree about these names
			name = "127.0.0.1"
		}
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		if err != nil {
			return nil
		}
		return anyAllowed(guard, found, uint16(n))
	}
}

// reachable refuses a host name if the server may not connect to any of its addresses.
func reachable(ctx context.Context, guard *netguard.Guard, name string, port uint16) error {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return fault.New(fault.Invalid, "No address was found for the host %s. Check the name.", name).Because(err)
	}
	return anyAllowed(guard, found, port)
}

// anyAllowed returns the guard's last refusal if it allows none of the addresses.
func anyAllowed(guard *netguard.Guard, found []netip.Addr, port uint16) (err error) {
	for _, a := range found {
		if err = guard.Check(netip.AddrPortFrom(a, port)); err == nil {
			return nil
		}
	}
	return err
}
