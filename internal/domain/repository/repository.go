// Package repository defines the git repositories of a team and the rules for their URLs and paths.
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

// Status is the state of the bare clone.
type Status string

// The states of a bare clone.
const (
	Cloning Status = "cloning"
	Ready   Status = "ready"
	// Unusable means that the clone is there, but that no session can start from the default branch.
	Unusable Status = "unusable"
	Failed   Status = "failed"
)

// Repository is a git repository of a team. Exactly one of URL and Path is set.
type Repository struct {
	ID            ID
	Name          string
	URL, Path     string
	DefaultBranch string
	// CheckCommands run in the session's sandbox after each turn. SplitCommand splits each one into argv.
	CheckCommands []string
	// ChecksInShell runs each check command with sh -c. Only a lead can turn it on.
	ChecksInShell bool
	HasCredential bool
	// AgentConfig allows the repository to configure agents (opencode.json, .opencode, AGENTS.md). Only a lead can turn it on.
	AgentConfig bool
	Status      Status
	// Progress is git's last progress line during a clone, or why the repository failed or is unusable.
	Progress string
	// Inspection is what the last fetch brought.
	Inspection Inspection
	CreatedAt  time.Time
}

var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)
	// No part may start with a hyphen, because ssh would read it as an option.
	scpPattern = regexp.MustCompile(`^[a-z0-9_][a-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^:\s-][^:\s]*$`)
)

// Check validates r as a user entered it. Which paths are allowed is the operator's decision and is checked elsewhere.
func (r Repository) Check() error {
	var f fault.Fields
	if !namePattern.MatchString(r.Name) || strings.Contains(r.Name, "..") {
		f.Add("name", "%q is not a valid repository name. Use 1 to 100 letters, digits, dots, hyphens, underscores or slashes.", r.Name)
	}
	if (r.URL == "") == (r.Path == "") {
		f.Add("url", "Enter either a clone URL or a local path.")
	}
	if r.URL != "" && !validURL(r.URL) {
		f.Add("url", "%q is not a valid clone URL. Use https://, ssh:// or git@host:path, without a password.", redactUser(r.URL))
	}
	if r.Path != "" && (!filepath.IsAbs(r.Path) || !isText(r.Path)) {
		f.Add("path", "%q is not an absolute path.", r.Path)
	}
	if err := CheckRef("default_branch", r.DefaultBranch); err != nil {
		f.Add("default_branch", "%s", err.Error())
	}
	if len(r.CheckCommands) > 20 {
		f.Add("check_commands", "Enter at most 20 check commands (you entered %d).", len(r.CheckCommands))
	}
	for _, c := range r.CheckCommands {
		if err := CheckCommand(c, r.ChecksInShell); err != nil {
			f.Add("check_commands", "%s", err.Error())
		}
	}
	return f.Err()
}

// redactUser removes the user name and the password from a URL, for messages.
func redactUser(s string) string {
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

// isText reports whether s is text that databases and git accept.
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

// CheckCommand checks one check command as a user entered it.
func CheckCommand(c string, inShell bool) error {
	if _, err := SplitCommand(c); err != nil || utf8.RuneCountInString(c) > 1000 {
		return fault.Field("check_commands", "%q is not a valid command. Use a command such as 'go test ./...'. All quotes must be closed, and the command can have at most 1,000 characters.", c)
	}
	if inShell {
		return nil
	}
	return checkNoShell(c)
}

// SplitCommand splits a command line into argv. It understands spaces and tabs, single and double quotes, and backslashes.
// It interprets nothing else: no variables, no globs, no pipes.
func SplitCommand(s string) ([]string, error) {
	var argv []string
	var word strings.Builder
	var quote rune
	started, escaped := false, false
	for _, c := range s {
		switch {
		case c == '\n' || c == 0:
			return nil, fault.Field("check_commands", "A check command must be a single line.")
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
		return nil, fault.Field("check_commands", "A check command cannot be empty.")
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

// CheckResult is the outcome of one check command on a session's working tree after a turn.
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
