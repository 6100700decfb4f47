// Package repository holds the git repositories a team registered and the rules about where they may come from.
package repository

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// ID is a repository's UUIDv7.
type ID string

// Status is where the bare clone stands.
type Status string

// The states of a bare clone.
const (
	Cloning Status = "cloning"
	Ready   Status = "ready"
	Failed  Status = "failed"
)

// Repository is a registered git repository: exactly one of URL and Path is set.
type Repository struct {
	ID            ID
	Name          string
	URL, Path     string
	DefaultBranch string
	// CheckCommands are run after a session's turn, each split into argv by SplitCommand, in the session's sandbox.
	CheckCommands []string
	HasCredential bool
	// AgentConfig lets what the repository says about its agents count: opencode.json, .opencode, AGENTS.md. A lead allows it.
	AgentConfig bool
	Status      Status
	// Progress is what git said last while cloning, or the reason of a failure.
	Progress  string
	CreatedAt time.Time
}

var (
	namePattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)
	branchPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+@-]{0,199}$`)
	// No part may begin with a dash: ssh would read it as an option.
	scpPattern = regexp.MustCompile(`^[a-z0-9_][a-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^:\s-][^:\s]*$`)
)

// CheckRef says whether s can name a branch, tag or commit by git's own rules for refs; it never begins with a dash or holds "..".
func CheckRef(field, s string) error {
	ok := branchPattern.MatchString(s) && !strings.Contains(s, "..") && !strings.Contains(s, "@{")
	for part := range strings.SplitSeq(s, "/") {
		ok = ok && part != "" && part[0] != '.' && !strings.HasSuffix(part, ".") && !strings.HasSuffix(part, ".lock")
	}
	if !ok {
		return fault.Field(field, "%q is not a branch, tag or commit such as main.", s)
	}
	return nil
}

// Check gives the faults of r as a person entered it. Where a Path may lie is the operator's and checked elsewhere.
func (r Repository) Check() error {
	var f fault.Fields
	if !namePattern.MatchString(r.Name) || strings.Contains(r.Name, "..") {
		f.Add("name", "A repository's name has 1 to 100 letters, digits, dots, dashes or slashes; %q is not.", r.Name)
	}
	if (r.URL == "") == (r.Path == "") {
		f.Add("url", "Give either a clone URL or a local path.")
	}
	if r.URL != "" && !validURL(r.URL) {
		f.Add("url", "A clone URL begins with https:// or ssh:// (or is git@host:path) and holds no password; %q is not.", withoutUser(r.URL))
	}
	if r.Path != "" && (!filepath.IsAbs(r.Path) || !isText(r.Path)) {
		f.Add("path", "A local path is absolute; %q is not.", r.Path)
	}
	if err := CheckRef("default_branch", r.DefaultBranch); err != nil {
		f.Add("default_branch", "%s", err.Error())
	}
	if len(r.CheckCommands) > 20 {
		f.Add("check_commands", "At most 20 check commands; there are %d.", len(r.CheckCommands))
	}
	for _, c := range r.CheckCommands {
		if _, err := SplitCommand(c); err != nil || utf8.RuneCountInString(c) > 1000 {
			f.Add("check_commands", "%q is not a command such as go test ./... with at most 1,000 characters and closed quotes.", c)
		}
	}
	return f.Err()
}

// withoutUser is a URL without what may be a name and a password, for sentences.
func withoutUser(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = "…" + rest[at:]
	}
	if ok {
		return scheme + "://" + rest
	}
	return rest
}

// isText says whether s is text that a database and git take.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func validURL(s string) bool {
	if !isText(s) {
		return false
	}
	if scpPattern.MatchString(s) {
		return true
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.HasPrefix(u.Host, "-") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.User == nil
	case "ssh":
		_, has := u.User.Password()
		return !has && !strings.HasPrefix(u.User.Username(), "-")
	}
	return false
}

// SplitCommand cuts a command line into argv: blanks separate, single and double quotes keep, a backslash keeps the next character.
// Nothing else is interpreted: no variables, no globs, no pipes.
func SplitCommand(s string) ([]string, error) {
	var argv []string
	var word strings.Builder
	var quote rune
	started, escaped := false, false
	for _, c := range s {
		switch {
		case c == '\n' || c == 0:
			return nil, fault.Field("check_commands", "A check command is one line.")
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, started = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, started = c, true
		case c == ' ' || c == '\t':
			if started {
				argv, started = append(argv, word.String()), false
				word.Reset()
			}
		default:
			word.WriteRune(c)
			started = true
		}
	}
	if quote != 0 || escaped {
		return nil, fault.Field("check_commands", "A quote in %q is not closed.", s)
	}
	if started {
		argv = append(argv, word.String())
	}
	if len(argv) == 0 {
		return nil, fault.Field("check_commands", "A check command is empty.")
	}
	return argv, nil
}

// Verdict is the outcome of one check command.
type Verdict string

// The verdicts.
const (
	Passed   Verdict = "passed"
	Broken   Verdict = "failed"
	TimedOut Verdict = "timed_out"
	NotRun   Verdict = "not_run"
)

// CheckResult is one check command's outcome on a session's tree after an attempt's turn.
type CheckResult struct {
	Command    string
	Verdict    Verdict
	ExitCode   int
	Output     string
	Truncated  bool
	Duration   time.Duration
	FinishedAt time.Time
	Attempt    int
}
