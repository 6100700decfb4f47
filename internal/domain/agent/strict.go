package agent

import (
	"math"
	"slices"
	"strings"
)

// Stricter combines two profiles into one list of rules: for every use of every permission, the stricter of both answers. Policy answers
// everything (what it does not name is asked); profile only restricts (what it does not name is left to the policy). Where patterns cut
// across each other, so that no list can say it exactly, the result is stricter than needed, never looser.
//
// The rules come grouped by permission, "*" first, and each pattern once, so that they can be written as nested objects in this order.
func Stricter(policy, profile []Rule) []Rule {
	var out []Rule
	for _, permission := range named(policy, profile) {
		all := append([]Rule{{permission, "*", Ask}}, of(policy, permission)...)
		out = append(out, lastOfEach(restrict(all, of(profile, permission)))...)
	}
	return out
}

// named lists the permissions that the rules name: patterns first, the shortest of them first, since a later one counts.
func named(lists ...[]Rule) []string {
	out := []string{"*"}
	for _, r := range slices.Concat(lists...) {
		for _, p := range append(Permissions(), r.Permission) {
			if glob(r.Permission).matches(p) && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return rank(a) - rank(b) })
	return out
}

// rank orders patterns by their length before names.
func rank(permission string) int {
	if strings.HasSuffix(permission, "*") {
		return len(permission)
	}
	return math.MaxInt
}

// of are the rules that can match a use of the permission, all under its name.
func of(rules []Rule, permission string) []Rule {
	var out []Rule
	for _, r := range rules {
		if glob(r.Permission).matches(permission) {
			out = append(out, Rule{permission, r.Pattern, r.Action})
		}
	}
	return out
}

// restrict applies the rules of a profile to a policy that begins with a rule for everything. Each rule rewrites the part that its
// pattern matches as the stricter of the policy there and its own action; so afterwards the last rule of the profile that matches counts,
// as it should.
func restrict(policy, profile []Rule) []Rule {
	out := slices.Clone(policy)
	for _, r := range profile {
		out = append(out, within(policy, r)...)
	}
	return out
}

// within is the policy inside the pattern of a rule, made at least as strict as the rule.
func within(policy []Rule, r Rule) []Rule {
	inside, hard := clip(policy[lastCovering(policy, r.Pattern):], r.Pattern)
	for i, p := range inside {
		inside[i].Action = stricter(p.Action, r.Action)
		for _, h := range hard {
			if h.after >= i && glob(h.Pattern).overlaps(glob(p.Pattern)) {
				inside[i].Action = stricter(inside[i].Action, h.Action)
			}
		}
	}
	return inside
}

// cut is a rule that cuts across a pattern in a way that no pattern says; it comes after the rule with the number after.
type cut struct {
	Rule
	after int
}

// clip is the part of a policy inside a pattern, which its first rule covers.
func clip(policy []Rule, pattern string) (inside []Rule, hard []cut) {
	inside = []Rule{{policy[0].Permission, pattern, policy[0].Action}}
	for _, p := range policy[1:] {
		common, ok := intersection(pattern, p.Pattern)
		switch {
		case ok:
			inside = append(inside, Rule{p.Permission, common, p.Action})
		case glob(p.Pattern).overlaps(glob(pattern)):
			hard = append(hard, cut{p, len(inside) - 1})
		}
	}
	return inside, hard
}

// intersection is the pattern of what two patterns have in common, where one says it: one covers the other, or one begins with a plain
// text and ends in a star, the other begins with a star, and what follows there cannot begin in the plain text.
func intersection(a, b string) (string, bool) {
	switch {
	case glob(a).covers(glob(b)):
		return b, true
	case glob(b).covers(glob(a)):
		return a, true
	}
	head, open := strings.CutSuffix(a, "*")
	rest, starts := strings.CutPrefix(b, "*")
	if !open || !starts || rest == "" || strings.ContainsAny(head, "*?") || strings.ContainsAny(rest[:1], "*? ") || strings.Contains(head, rest[:1]) || strings.HasSuffix(b, " *") {
		return "", false
	}
	return a + rest, true
}

func lastCovering(policy []Rule, pattern string) int {
	for i, p := range slices.Backward(policy) {
		if glob(p.Pattern).covers(glob(pattern)) {
			return i
		}
	}
	return 0
}

// lastOfEach drops rules that a later rule with the same pattern hides.
func lastOfEach(rules []Rule) []Rule {
	var out []Rule
	for i, r := range rules {
		if !slices.ContainsFunc(rules[i+1:], func(later Rule) bool { return later.Pattern == r.Pattern }) {
			out = append(out, r)
		}
	}
	return out
}
