package repository

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Host is an entry of a repository's network list: a host and port that its sessions' programs may connect to.
type Host struct {
	// Name is the canonical form ParseHost gives: registry.npmjs.org:443, *.example.org:443, 10.0.0.5:4873 or [2001:db8::1]:80.
	Name string
	// By names who added it.
	By      string
	AddedAt time.Time
}

// MaxHosts is how many entries a repository's network list may have.
const MaxHosts = 100

// No label begins or ends with a dash, and the last has a letter, so that no number is taken for a name.
var (
	dnsName = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	letter  = regexp.MustCompile(`[a-z][a-z0-9-]*$`)
)

// ParseHost reads an entry as a person wrote it and gives its canonical form, or says what is wrong with it.
func ParseHost(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, "/") {
		return "", fault.Field("host", "Give a host and a port without https:// and path, such as registry.npmjs.org:443; %q has a slash.", shortened(s))
	}
	name, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", fault.Field("host", "A host has a port behind a colon, such as registry.npmjs.org:443; %q has none.", shortened(s))
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fault.Field("host", "A port is a number from 1 to 65535; %q is not.", shortened(port))
	}
	if name, err = hostName(name); err != nil {
		return "", err
	}
	return net.JoinHostPort(name, strconv.FormatUint(n, 10)), nil
}

func hostName(name string) (string, error) {
	if addr, err := netip.ParseAddr(name); err == nil && addr.Zone() == "" {
		return addr.Unmap().String(), nil
	}
	name = strings.TrimSuffix(name, ".")
	bare, wild := strings.CutPrefix(name, "*.")
	if wild && !strings.Contains(bare, ".") {
		return "", fault.Field("host", "A star stands before a domain with a dot in it, such as *.example.org:443; %q opens too much.", shortened(name))
	}
	if len(bare) > 253 || !dnsName.MatchString(bare) || !letter.MatchString(bare) {
		return "", fault.Field("host", "%q is not a host such as registry.npmjs.org, *.example.org or 10.0.0.5.", shortened(name))
	}
	return name, nil
}

func shortened(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// Allows says whether an entry of a network list covers a host and port. A star covers every name below its domain, not the domain.
func Allows(list []Host, host string, port uint16) bool {
	to, err := ParseHost(net.JoinHostPort(host, strconv.Itoa(int(port))))
	if err != nil || strings.HasPrefix(to, "*") {
		return false
	}
	for _, h := range list {
		if domain, wild := strings.CutPrefix(h.Name, "*"); h.Name == to || wild && strings.HasSuffix(to, domain) {
			return true
		}
	}
	return false
}
