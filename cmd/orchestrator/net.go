package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
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

// newGuard returns the guard of the server's own connections, which accept the certificates of --ca-file in addition to the host's.
func newGuard(s config.Settings) (*netguard.Guard, error) {
	guard := netguard.New(s.AllowNet.Allows())
	if s.CAFile == "" {
		return guard, nil
	}
	pool, err := authorities(s.CAFile)
	if err != nil {
		return nil, err
	}
	guard.Trust(pool)
	return guard, nil
}

// authorities returns the host's certificate authorities and those of a file.
func authorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read --ca-file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	found := 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("--ca-file %s contains %q: it must contain only certificates in PEM format", file, block.Type)
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("--ca-file %s contains an invalid certificate: %w", file, err)
		}
		pool.AddCert(one)
		found++
	}
	if found == 0 {
		return nil, fmt.Errorf("--ca-file %s contains no certificate: it must be in PEM format", file)
	}
	return pool, nil
}
