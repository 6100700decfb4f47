package agent

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Action is what happens when an agent wants to do something.
type Action string

// The actions, from the loosest to the strictest.
const (
	Allow Action = "allow"
	Ask   Action = "ask"
	Deny  Action = "deny"
)

var strictness = map[Action]int{Allow: 0, Ask: 1, Deny: 2}

// stricter is the stricter of two actions.
func stricter(a, b Action) Action {
	if strictness[b] > strictness[a] {
		return b
	}
	return a
}

// Strictest is the strictest action of some rules.
func Strictest(rules []Rule) Action {
	action := Allow
	for _, r := range rules {
		action = stricter(action, r.Action)
	}
	return action
}

// Rule says what happens when an agent uses the permission on something that the pattern matches: "*" in a pattern stands for any text,
// "?" for one character, and a pattern that ends in " *" also matches without what follows the space. Of several rules that match, the
// last one wins.
type Rule struct {
	Permission string `json:"permission"`
	Pattern    string `json:"pattern"`
	Action     Action `json:"action"`
}

// Permissions lists the permissions of OpenCode's tools. A tool of an MCP server has its own name as permission.
func Permissions() []string {
	return []string{"read", "edit", "glob", "grep", "list", "bash", "task", "skill", "lsp", "todowrite", "question", "webfetch", "websearch", "codesearch",
		"external_directory", "doom_loop"}
}

// ParseRule reads a rule as people type it: permission, colon, pattern, equals sign and action, such as "bash:git push *=ask". Without a
// pattern, as in "edit=deny", it holds for everything.
func ParseRule(s string) (Rule, error) {
	i := strings.LastIndex(s, "=")
	if i < 0 {
		return Rule{}, fault.Field("permissions", "%q is not a rule. Use the form \"bash:git push *=ask\".", text.Cut(s, 80))
	}
	r := Rule{Action: Action(strings.TrimSpace(s[i+1:]))}
	var hasPattern bool
	if r.Permission, r.Pattern, hasPattern = strings.Cut(s[:i], ":"); !hasPattern {
		r.Pattern = "*"
	}
	var f fault.Fields
	checkRules(&f, []Rule{r})
	return r, f.Err()
}

// maxPattern and MaxRules bound the work of comparing two profiles, which grows with the square of both.
const maxPattern = 200

var permissionForm = regexp.MustCompile(`^(\*|[A-Za-z0-9][A-Za-z0-9_-]{0,63}\*?)$`)

func checkRules(f *fault.Fields, rules []Rule) {
	if len(rules) > MaxRules {
		f.Add("permissions", "Enter at most %d rules (you entered %d).", MaxRules, len(rules))
		return
	}
	for i, r := range rules {
		switch n := utf8.RuneCountInString(r.Pattern); {
		case !permissionForm.MatchString(r.Permission):
			f.Add("permissions", "Rule %d: %q is not a permission. Use the name of a tool such as bash or edit, or * for all.", i+1, text.Cut(r.Permission, 80))
		case n < 1 || n > maxPattern || text.Clean(text.Line(r.Pattern)) != r.Pattern:
			f.Add("permissions", "Rule %d: enter a pattern of 1 to %d characters on one line, for example \"git push *\".", i+1, maxPattern)
		case !slices.Contains([]Action{Allow, Ask, Deny}, r.Action):
			f.Add("permissions", "Rule %d: %q is not an answer. Use allow, ask or deny.", i+1, text.Cut(string(r.Action), 80))
		}
	}
}

// actionOf is what the rules say about the use of a permission; fallback where none matches.
func actionOf(rules []Rule, permission, use string, fallback Action) Action {
	for _, r := range slices.Backward(rules) {
		if glob(r.Permission).matches(permission) && glob(r.Pattern).matches(use) {
			return r.Action
		}
	}
	return fallback
}

// Grown lists the rules of to that let an agent do more than from did. A profile restricts: what it does not name, it leaves to the team.
// It compares no profile that has more or longer rules than a version can have.
func Grown(from, to []Rule) []Rule {
	var out []Rule
	if !isBounded(from) || !isBounded(to) {
		return nil
	}
	for _, r := range slices.Concat(to, from) {
		now := actionOf(to, r.Permission, r.Pattern, Allow)
		grown := Rule{r.Permission, r.Pattern, now}
		if strictness[now] < strictness[actionOf(from, r.Permission, r.Pattern, Allow)] && !slices.Contains(out, grown) {
			out = append(out, grown)
		}
	}
	return out
}

func isBounded(rules []Rule) bool {
	return len(rules) <= MaxRules && !slices.ContainsFunc(rules, func(r Rule) bool { return len(r.Pattern) > 4*maxPattern || len(r.Permission) > maxPattern })
}
