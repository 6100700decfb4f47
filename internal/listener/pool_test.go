package listener

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
)

func mustParse(address string) netip.AddrPort { return netip.MustParseAddrPort(address) }

// fill opens connections of a peer until one is refused.
func fill(p *Pool, peer string) (all []net.Conn) {
	for {
		c, ok := p.enter(connFrom("192.0.2.1:1"), peer)
		if !ok {
			return all
		}
		all = append(all, c)
	}
}

// However many peers take all they can, the pool never exceeds its size and has places for the next.
func TestAttackersLeavePlacesForOthers(t *testing.T) {
	t.Parallel()
	p := NewPool(1000, 200, 0)
	if n := len(fill(p, "office")); n != 200 {
		t.Errorf("an office has %d connections", n)
	}
	for i := range 30 {
		fill(p, fmt.Sprintf("attacker %d", i))
	}
	var all []net.Conn
	for range 15 {
		c, ok := p.enter(connFrom("192.0.2.1:1"), "somebody else")
		if !ok {
			t.Fatalf("somebody else has only %d connections", len(all))
		}
		all = append(all, c)
	}
	if p.open != 1000 || len(p.peers["office"].conns) < 30 {
		t.Errorf("%d connections are open, %d of the office", p.open, len(p.peers["office"].conns))
	}
	for i := range 30 {
		fill(p, fmt.Sprintf("attacker %d", i))
	}
	for i, c := range all {
		select {
		case <-c.(*conn).Conn.(*from).ended:
			t.Errorf("connection %d of somebody else was closed", i)
		default:
		}
	}
}

// Behind a proxy, whose connections tell nobody apart, the limit of all holds.
func TestNobodyInParticularHasOnlyTheLimitOfAll(t *testing.T) {
	t.Parallel()
	p := NewPool(300, 20, 10)
	all := fill(p, "")
	if len(all) != 300 {
		t.Errorf("there are %d connections", len(all))
	}
	_ = all[0].Close()
	if n := len(fill(p, "")); n != 1 {
		t.Errorf("closing one gave %d places back", n)
	}
}

// A sandbox has a limit on connections without a valid credential, which others do not share; a known sender does not count.
func TestStrangersOfAPeerAreLimited(t *testing.T) {
	t.Parallel()
	p := NewPool(10_000, 256, 64)
	all := fill(p, "one")
	if len(all) != 64 {
		t.Fatalf("a sandbox has %d strangers", len(all))
	}
	if n := len(fill(p, "two")); n != 64 {
		t.Errorf("another sandbox has %d", n)
	}
	leave := Admit(InContext(context.Background(), all[0]))
	more := fill(p, "one")
	if len(more) != 1 {
		t.Errorf("after one was admitted, %d more are", len(more))
	}
	_ = more[0].Close()
	leave()
	if n := len(fill(p, "one")); n != 0 {
		t.Errorf("after the request, %d more are accepted", n)
	}
	Admit(InContext(context.Background(), all[0]))
	for _, c := range all {
		_ = c.Close()
	}
	if p.peers["one"] != nil || p.open != 64 {
		t.Errorf("all are closed, but %+v remains, and %d are open", p.peers["one"], p.open)
	}
}
