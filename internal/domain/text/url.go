package text

import (
	"strings"

	"golang.org/x/net/idna"
)

// URL returns the spelling of a URL that is equal for all spellings of its scheme and host: both in lower case, and an international
// host name in the ASCII form that browsers send and resolvers look up. It leaves the rest, and a text without ://, unchanged.
func URL(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	user, host := "", rest[:end]
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		user, host = host[:at+1], host[at+1:]
	}
	return strings.ToLower(scheme) + "://" + user + Host(host) + rest[end:]
}

// Host is URL for a host name with or without a port. A name that has no ASCII form stays as it is.
func Host(s string) string {
	name, port := s, ""
	if colon := strings.LastIndexByte(s, ':'); colon >= 0 && !strings.Contains(s[colon:], "]") {
		name, port = s[:colon], s[colon:]
	}
	if isASCII(name) {
		return strings.ToLower(name) + port
	}
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		return ascii + port
	}
	return s
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
