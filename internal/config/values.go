package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// Secret is a setting that is never printed.
type Secret string

// String is masked; use string(s) for the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(set, not shown)"
}

// GoString is masked.
func (s Secret) GoString() string { return s.String() }

// MarshalText is masked, for JSON and structured logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// List is a repeatable setting, separated by commas in its variable.
type List []string

// String joins the list as its variable would be written.
func (l List) String() string { return strings.Join(l, ",") }

// NetRule opens one address range at one port.
type NetRule struct {
	Prefix netip.Prefix
	Port   uint16
}

// UnmarshalText reads CIDR:PORT; a bare address stands for itself alone.
func (r *NetRule) UnmarshalText(b []byte) error {
	text := string(b)
	wrong := fmt.Errorf("%q is not CIDR:PORT, such as 127.0.0.0/8:4010 or [fd00::]/8:443", text)
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return wrong
	}
	port, err := strconv.ParseUint(text[at+1:], 10, 16)
	if err != nil || port == 0 {
		return wrong
	}
	prefix, err := parsePrefix(strings.NewReplacer("[", "", "]", "").Replace(text[:at]))
	if err != nil {
		return wrong
	}
	*r = NetRule{Prefix: prefix, Port: uint16(port)}
	return nil
}

// String is the rule as it is written.
func (r NetRule) String() string {
	if r.Prefix.Addr().Is6() {
		return fmt.Sprintf("[%s]/%d:%d", r.Prefix.Addr(), r.Prefix.Bits(), r.Port)
	}
	return fmt.Sprintf("%s:%d", r.Prefix, r.Port)
}

// Allows says whether the rule opens that address and port.
func (r NetRule) Allows(a netip.AddrPort) bool {
	return a.Port() == r.Port && r.Prefix.Contains(a.Addr().Unmap())
}

// parsePrefix reads an address range or one address. An IPv4 range written inside IPv6 is the IPv4 range it means.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, err
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// NetRules are all rules of --allow-net.
type NetRules []NetRule

// String joins the rules as their variable would be written.
func (l NetRules) String() string { return join(l) }

// Allow says whether any rule opens that address and port.
func (l NetRules) Allow(a netip.AddrPort) bool {
	for _, r := range l {
		if r.Allows(a) {
			return true
		}
	}
	return false
}

// RepoRoot gives one team local repositories below a directory.
type RepoRoot struct{ Slug, Dir string }

// UnmarshalText reads SLUG=DIR.
func (r *RepoRoot) UnmarshalText(b []byte) error {
	slug, dir, ok := strings.Cut(string(b), "=")
	if !ok || slug == "" || !filepath.IsAbs(dir) {
		return fmt.Errorf("%q is not SLUG=DIR with an absolute directory, such as payments=/srv/git", string(b))
	}
	*r = RepoRoot{Slug: slug, Dir: filepath.Clean(dir)}
	return nil
}

// String is the root as it is written.
func (r RepoRoot) String() string { return r.Slug + "=" + r.Dir }

// RepoRoots are all roots of --repo-root.
type RepoRoots []RepoRoot

// String joins the roots as their variable would be written.
func (l RepoRoots) String() string { return join(l) }

// Of gives the directories opened to one team.
func (l RepoRoots) Of(slug string) []string {
	var dirs []string
	for _, r := range l {
		if r.Slug == slug {
			dirs = append(dirs, r.Dir)
		}
	}
	return dirs
}

func join[T fmt.Stringer](l []T) string {
	parts := make([]string, len(l))
	for i := range l {
		parts[i] = l[i].String()
	}
	return strings.Join(parts, ",")
}
