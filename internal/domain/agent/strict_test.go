package agent

import (
	"math/rand/v2"
	"testing"
)

var some = []string{"*", "git *", "git push *", "*push*", "git status *", "a?c", "*>*", "git", "rm *", "a*"}

var uses = []string{"git", "git push", "git push -f", "git status", "git status > x", "rm -rf x", "abc", "abd", "push", "git pushup", "a > b", ""}

func randomRules(r *rand.Rand) []Rule {
	var out []Rule
	for range r.IntN(6) {
		out = append(out, Rule{[]string{"*", "bash", "edit", "ba*"}[r.IntN(4)], some[r.IntN(len(some))], []Action{Allow, Ask, Deny}[r.IntN(3)]})
	}
	return out
}

// For every use, the combination answers at least as strictly as both, and exactly so where no patterns cut across each other.
func TestStricterIsNeverLooser(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	exact, all := 0, 0
	for range 500 {
		policy, profile := randomRules(r), randomRules(r)
		both := Stricter(policy, profile)
		for _, permission := range []string{"bash", "edit", "read"} {
			for _, use := range uses {
				want := stricter(actionOf(policy, permission, use, Ask), actionOf(profile, permission, use, Allow))
				got := actionOf(both, permission, use, Ask)
				if all++; got == want {
					exact++
				}
				if strictness[got] < strictness[want] {
					t.Fatalf("%s %q: %s, want %s\npolicy %v\nprofile %v\nboth %v", permission, use, got, want, policy, profile, both)
				}
			}
		}
	}
	if exact*100 < all*90 {
		t.Errorf("only %d of %d answers are exact", exact, all)
	}
}

func TestStricter(t *testing.T) {
	t.Parallel()
	policy := []Rule{{"*", "*", Allow}, {"bash", "*", Ask}, {"bash", "git status *", Allow}, {"bash", "*>*", Ask}, {"webfetch", "*", Ask}, {"external_directory", "*", Deny}}
	profile := []Rule{{"edit", "*", Deny}, {"bash", "*", Deny}, {"bash", "git *", Allow}, {"webfetch", "*", Allow}, {"external_directory", "*", Allow}}
	both := Stricter(policy, profile)
	for _, c := range []struct {
		permission, use string
		want            Action
	}{
		{"edit", "main.go", Deny}, {"read", "main.go", Allow}, {"bash", "rm -rf /", Deny}, {"bash", "git push", Ask}, {"bash", "git status", Allow},
		{"bash", "git status > x", Ask}, {"webfetch", "https://example.org", Ask}, {"external_directory", "/etc/passwd", Deny}, {"own_tool", "x", Allow},
	} {
		if got := actionOf(both, c.permission, c.use, Ask); got != c.want {
			t.Errorf("%s %q: %s, want %s in %v", c.permission, c.use, got, c.want, both)
		}
	}
}

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b             string
		covers, overlaps bool
	}{
		{"*", "git *", true, true}, {"git *", "git push *", true, true}, {"git push *", "git *", false, true}, {"git *", "git", true, true},
		{"*>*", "git *", false, true}, {"a?c", "abc", true, true}, {"abc", "a?c", false, true}, {"git *", "rm *", false, false}, {"a*b", "a*", false, true},
	} {
		if got := glob(c.a).covers(glob(c.b)); got != c.covers {
			t.Errorf("%q covers %q: %v", c.a, c.b, got)
		}
		if got := glob(c.a).overlaps(glob(c.b)); got != c.overlaps {
			t.Errorf("%q overlaps %q: %v", c.a, c.b, got)
		}
	}
}

func TestGrown(t *testing.T) {
	t.Parallel()
	from := []Rule{{"bash", "*", Ask}, {"edit", "*", Deny}}
	if g := Grown(from, from); len(g) != 0 {
		t.Errorf("grown by nothing: %v", g)
	}
	if g := Grown(from, []Rule{{"bash", "*", Ask}, {"bash", "npm *", Allow}, {"edit", "*", Deny}}); len(g) != 1 || g[0] != (Rule{"bash", "npm *", Allow}) {
		t.Errorf("an allowed command: %v", g)
	}
	if g := Grown(from, from[:1]); len(g) != 1 || g[0] != (Rule{"edit", "*", Allow}) {
		t.Errorf("a rule taken away: %v", g)
	}
}
