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

// Host is an entry in a repository's network list: a host and port that programs in its sessions may connect to.
type Host struct {
	// Name is in the canonical form of ParseHost: registry.npmjs.org:443, *.example.org:443, 10.0.0.5:4873 or [2001:db8::1]:80.
	Name string
	// By is the name of the person who added it.
	By      string
	AddedAt time.Time
}

// MaxHosts is the maximum number of entries in a repository's network list.
const MaxHosts = 100

// Labels must not start or end with a hyphen, and the last one must contain a letter, so that a number is not accepted as a name.
var (
	dnsName = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	letter  = regexp.MustCompile(`[a-z][a-z0-9-]*$`)
)

// ParseHost returns the canonical form of an entry that a person typed, or a fault that says what is wrong with it.
func ParseHost(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if strings.Contains(s, "/") {
		return "", fault.Field("host", "%q contains a slash. Enter only a host and a port, such as registry.npmjs.org:443.", shorten(s))
	}
	name, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", fault.Field("host", "%q has no port. Enter a host and a port, such as registry.npmjs.org:443.", shorten(s))
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fault.Field("host", "%q is not a valid port. Use a number from 1 to 65535.", shorten(port))
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
		return "", fault.Field("host", "%q allows too many hosts. Use * only before a domain that contains a dot, as in *.example.org:443.", shorten(name))
	}
	if len(bare) > 253 || !dnsName.MatchString(bare) || !letter.MatchString(bare) {
		return "", fault.Field("host", "%q is not a valid host. Use a host such as registry.npmjs.org, *.example.org or 10.0.0.5.", shorten(name))
	}
	return name, nil
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// Allows reports whether a network list contains a host and port. An entry with * matches every name below its domain, but not
// the domain itself.
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
