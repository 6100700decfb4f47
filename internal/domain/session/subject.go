package session

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// subjects are the fields of an approval's metadata that hold all of what the agent wants to do.
var subjects = []string{"command", "filepath", "filePath", "url"}

// Subject is exactly what an approval allows: the whole command, the file or the URL, as the agent will use it. Without one it is
// the agent's patterns, one a line, and whatever else it said.
func (a Ask) Subject() string { return Subject(a.Patterns, a.Metadata) }

// Subject is Ask.Subject for an approval's fields.
func Subject(patterns []string, metadata json.RawMessage) string {
	meta := map[string]json.RawMessage{}
	_ = json.Unmarshal(metadata, &meta)
	for _, k := range subjects {
		var s string
		if json.Unmarshal(meta[k], &s) == nil && s != "" {
			return s
		}
	}
	lines := slices.Clone(patterns)
	if delete(meta, "diff"); len(meta) > 0 {
		var b bytes.Buffer
		rest, _ := json.Marshal(meta)
		_ = json.Indent(&b, rest, "", "  ")
		lines = append(lines, b.String())
	}
	return strings.Join(lines, "\n")
}

// Diff is the edit that an approval allows, or empty.
func (a Ask) Diff() string {
	var meta struct{ Diff string }
	_ = json.Unmarshal(a.Metadata, &meta)
	return meta.Diff
}

// Programs are the programs that a command starts, each once. The agent parsed them: a program that only runs inside another one's
// argument is not among them.
func (a Ask) Programs() (names []string) {
	if a.Permission != "bash" {
		return nil
	}
	for _, p := range a.Patterns {
		words := strings.Fields(p)
		for len(words) > 1 && assignment.MatchString(words[0]) {
			words = words[1:]
		}
		if len(words) > 0 && !slices.Contains(names, words[0]) {
			names = append(names, words[0])
		}
	}
	return names
}

var assignment = regexp.MustCompile(`^\w+=`)

// dangers are forms of a command that a person should not overlook. They are hints: a command without one is not harmless.
var dangers = []struct {
	in   *regexp.Regexp
	what string
}{
	{regexp.MustCompile(`\b(curl|wget|fetch)\b[^;\n]*\|\s*(sudo\s+|env\s+)*(\S*/)?(sh|bash|zsh|dash|ksh|python[\d.]*|perl|ruby|node)\b`), "pipes a download into a program that runs it"},
	{regexp.MustCompile(`\b(sh|bash|zsh|dash|eval|source)\b[^;|\n]*[$<]\(\s*(curl|wget|fetch)\b`), "runs a download"},
	{regexp.MustCompile(`\brm\s+(\S+\s+)*-(\w*[rRf]|-recursive|-force)`), "deletes without asking"},
	{regexp.MustCompile(`\bfind\b[^;|\n]*\s-delete\b|\b(shred|mkfs(\.\w+)?|truncate)\s|\bdd\s[^;|\n]*\bof=`), "deletes or overwrites data"},
	{regexp.MustCompile(`\bgit\s+(\S+\s+)*(reset\s+(\S+\s+)*--hard|clean\s+(\S+\s+)*-\w*f|checkout\s+(--\s+)?\.(\s|$)|restore\s+\.|stash\s+(drop|clear))`), "discards changes"},
	{regexp.MustCompile(`\bgit\s+(\S+\s+)*push\b`), "pushes to another repository"},
	{regexp.MustCompile(`(^|[;&|(\s])(sudo|doas)\s`), "asks for more rights"},
}

// Dangers are what a command does that cannot be undone, or that fetches what it runs.
func (a Ask) Dangers() (found []string) {
	if a.Permission != "bash" {
		return nil
	}
	command := strings.ReplaceAll(a.Subject(), "\\\n", " ")
	for _, d := range dangers {
		if d.in.MatchString(command) {
			found = append(found, d.what)
		}
	}
	return found
}
