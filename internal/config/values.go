package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

// Secret is a setting that is never printed.
type Secret string

// String masks the value; use string(s) to get it.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(set, hidden)"
}

// GoString masks the value.
func (s Secret) GoString() string { return s.String() }

// MarshalText masks the value, for JSON and structured logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// List is a repeatable setting, separated by commas in its variable.
type List []string

// String joins the list as in its variable.
func (l List) String() string { return strings.Join(l, ",") }

// NetRule allows connections to one address range and port.
type NetRule struct{ netguard.Allow }

// UnmarshalText reads CIDR:PORT.
func (r *NetRule) UnmarshalText(b []byte) (err error) {
	r.Allow, err = netguard.ParseAllow(strings.TrimSpace(string(b)))
	return err
}

// NetRules are all rules of --allow-net or --allow-agent-net.
type NetRules []NetRule

// String joins the rules as in their variable.
func (l NetRules) String() string { return join(l) }

// Allows returns the rules in the form of netguard.
func (l NetRules) Allows() []netguard.Allow {
	rules := make([]netguard.Allow, len(l))
	for i := range l {
		rules[i] = l[i].Allow
	}
	return rules
}

// RepoRoot allows one team to use local repositories in a directory, and with Writable to push branches to them.
type RepoRoot struct {
	Slug, Dir string
	Writable  bool
}

// writable is the end of a root that allows pushes.
const writable = ":rw"

// UnmarshalText reads SLUG=DIR or SLUG=DIR:rw.
func (r *RepoRoot) UnmarshalText(b []byte) error {
	slug, dir, ok := strings.Cut(strings.TrimSpace(string(b)), "=")
	if !ok || slug == "" || !filepath.IsAbs(dir) {
		return fmt.Errorf("%q is not valid: use SLUG=DIR or SLUG=DIR:rw with an absolute path, such as payments=/srv/git", string(b))
	}
	dir, isWritable := strings.CutSuffix(dir, writable)
	*r = RepoRoot{Slug: slug, Dir: filepath.Clean(dir), Writable: isWritable}
	return nil
}

// String writes the root as on the command line.
func (r RepoRoot) String() string {
	if r.Writable {
		return r.Slug + "=" + r.Dir + writable
	}
	return r.Slug + "=" + r.Dir
}

// RepoRoots are all roots of --repo-root.
type RepoRoots []RepoRoot

// String joins the roots as in their variable.
func (l RepoRoots) String() string { return join(l) }

// Of returns the directories of one team.
func (l RepoRoots) Of(slug string) []string {
	return l.dirs(slug, func(RepoRoot) bool { return true })
}

// WritableOf returns the directories of one team to which it can push.
func (l RepoRoots) WritableOf(slug string) []string {
	return l.dirs(slug, func(r RepoRoot) bool { return r.Writable })
}

func (l RepoRoots) dirs(slug string, wanted func(RepoRoot) bool) (dirs []string) {
	for _, r := range l {
		if r.Slug == slug && wanted(r) {
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
