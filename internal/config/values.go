package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
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
type NetRule struct{ netguard.Allow }

// UnmarshalText reads CIDR:PORT.
func (r *NetRule) UnmarshalText(b []byte) (err error) {
	r.Allow, err = netguard.ParseAllow(string(b))
	return err
}

// NetRules are all rules of --allow-net.
type NetRules []NetRule

// String joins the rules as their variable would be written.
func (l NetRules) String() string { return join(l) }

// Allows gives the rules to the guard.
func (l NetRules) Allows() []netguard.Allow {
	rules := make([]netguard.Allow, len(l))
	for i := range l {
		rules[i] = l[i].Allow
	}
	return rules
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
