package agent

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// hazards are texts that YAML and Markdown would read as something else.
var hazards = []string{"---", "a: b", "# x", "- y", "'", `"`, "\\", "null", "~", "true", "0x1f", "1e3", "123", "<<", "&a", "*a", "!!int", "|", ">", "{", "[", "%", "@", "\n", "\t", "ü", "😀", "\u2028", "\u0085", "\x01", "\r\n",
	"\u200b", " ", "git push *", "…"}

func randomText(r *rand.Rand, most int) string {
	var b strings.Builder
	for range r.IntN(most) {
		b.WriteString(hazards[r.IntN(len(hazards))])
	}
	return b.String()
}

func pick[T any](r *rand.Rand, from []T, most int) (out []T) {
	for _, i := range r.Perm(len(from))[:r.IntN(min(most, len(from))+1)] {
		out = append(out, from[i])
	}
	return out
}

func randomSpec(r *rand.Rand) Spec {
	types := Types()
	s := Spec{Type: types[r.IntN(len(types))], Description: randomText(r, 12), Prompt: randomText(r, 40), Places: r.Int64N(MaxPlaces + 1),
		Capabilities: pick(r, capabilities, 5), Preferred: pick(r, []string{"go", "true", "c#", "null", "node.js: 20"}, 3), Avoided: pick(r, []string{"php", "123", "~"}, 3)}
	if r.IntN(2) == 0 {
		t, n := r.Float64()*2, 1+r.Int64N(MaxSteps)
		s.Model, s.Temperature, s.MaxSteps = "openai/gpt-5: x", &t, &n
	}
	for range r.IntN(8) {
		pattern := append(slices.Clone(some), "123", "null", "a: b #", "'x'", `"`, "~/**")
		s.Permissions = append(s.Permissions, Rule{[]string{"*", "bash", "edit", "webfetch", "my_tool", "7"}[r.IntN(6)], pattern[r.IntN(len(pattern))], []Action{Allow, Ask, Deny}[r.IntN(3)]})
	}
	return s.Clean()
}

// Whatever an agent is, the file holds all of it, its rules in their order.
func TestMarkdownHoldsEveryField(t *testing.T) {
	t.Parallel()
	r, nestedOnes := rand.New(rand.NewPCG(3, 4)), 0
	for range 3000 {
		want := randomSpec(r)
		if err := want.Check(); err != nil {
			continue
		}
		file, notHeld := Markdown("Go: implementer #1", want)
		if canNest(want.Permissions) {
			nestedOnes++
		}
		if (len(notHeld) == 1) != canNest(want.Permissions) {
			t.Errorf("it does not hold %q of %v", notHeld, want.Permissions)
		}
		for _, text := range []string{file, "\ufeff" + file} {
			got, err := ParseMarkdown(text)
			if err != nil || got.Name != "Go: implementer #1" || len(got.NotRead) > 0 || !reflect.DeepEqual(got.Spec.Clean(), want) {
				t.Fatalf("%v, not read: %q\nwant %+v\ngot  %+v\n%s", err, got.NotRead, want, got.Spec.Clean(), file)
			}
		}
	}
	if nestedOnes < 300 {
		t.Errorf("only %d had rules that a map holds", nestedOnes)
	}
}

// What OpenCode reads of an exported profile is never looser than the profile.
func TestMarkdownIsNeverLooserForOpenCode(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		s := Spec{Permissions: randomRules(r)}
		file, _ := Markdown("x", s)
		head, _, _ := strings.Cut(file, "orchestrator:\n")
		got, err := ParseMarkdown(head + "---\n")
		if err != nil {
			t.Fatal(err)
		}
		for _, permission := range []string{"bash", "edit", "read"} {
			for _, use := range uses {
				if want, is := actionOf(s.Permissions, permission, use, Allow), actionOf(got.Spec.Permissions, permission, use, Allow); strictness[is] < strictness[want] {
					t.Fatalf("%s %q: %s, want %s\n%v\n%v", permission, use, is, want, s.Permissions, got.Spec.Permissions)
				}
			}
		}
	}
}

const fromOpenCode = "---\r\ndescription: Reviews code\nmode: subagent\ntemperature: 0.1\nmaxSteps: 7\ntop_p: 0.9\ncolor: '#ff0000'\npermission:\n  edit: deny\n  bash:\n    \"*\": ask\n    git diff *: allow\n  webfetch: deny\n---\n\nReview.\n---\nEnd.\n"

func TestParseMarkdownOfOpenCode(t *testing.T) {
	t.Parallel()
	got, err := ParseMarkdown(fromOpenCode)
	rules := []Rule{{"edit", "*", Deny}, {"bash", "*", Ask}, {"bash", "git diff *", Allow}, {"webfetch", "*", Deny}}
	if err != nil || got.Name != "" || got.Spec.Type != "" || got.Spec.Description != "Reviews code" || *got.Spec.Temperature != 0.1 || *got.Spec.MaxSteps != 7 ||
		!slices.Equal(got.Spec.Permissions, rules) || got.Spec.Prompt != "Review.\n---\nEnd." {
		t.Errorf("%+v, %v", got, err)
	}
	if want := []string{"mode: subagent", "top_p", "color"}; !slices.Equal(got.NotRead, want) {
		t.Errorf("not read: %q", got.NotRead)
	}
	if all, err := ParseMarkdown("---\npermission: ask\n---\n"); err != nil || !slices.Equal(all.Spec.Permissions, []Rule{{"*", "*", Ask}}) {
		t.Errorf("%+v, %v", all, err)
	}
	both := "---\npermission: ask\norchestrator:\n  permissions:\n    - {permission: bash, pattern: '1', action: deny}\n---\n"
	if got, err := ParseMarkdown(both); err != nil || !slices.Equal(got.Spec.Permissions, []Rule{{"bash", "1", Deny}}) || len(got.NotRead) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	tools := "---\npermission: allow\ntools: {write: false, bash: false, read: true}\n---\n"
	if got, err := ParseMarkdown(tools); err != nil || !slices.Equal(got.Spec.Permissions, []Rule{{"*", "*", Allow}, {"edit", "*", Deny}, {"bash", "*", Deny}}) || len(got.NotRead) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if none, err := ParseMarkdown("Just a prompt.\n"); err != nil || none.Spec.Prompt != "Just a prompt." {
		t.Errorf("%+v, %v", none, err)
	}
}

func TestParseMarkdownRefuses(t *testing.T) {
	t.Parallel()
	for file, says := range map[string]string{
		"---\ndescription: x\n": "does not end", "---\na: [\n---\n": "not YAML", "---\n- a\n---\n": "is a map", "---\ntemperature: warm\n---\n": "is a number", "---\nsteps: 1.5\n---\n": "whole number",
		"---\npermission:\n  bash: [a]\n---\n": "is a map", "---\npermission:\n  bash: ask\n  bash: allow\n---\n": "each key once", "---\na: &x 1\ndescription: *x\n---\n": "is one text",
		"---\n" + strings.Repeat("#", MaxMarkdown): "at most 512 KiB", "---\norchestrator:\n  capabilities: x\n---\n": "is a list",
	} {
		if _, err := ParseMarkdown(file); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60q: %v", file, err)
		}
	}
}
