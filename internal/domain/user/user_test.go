package user_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

func TestCheckAtItsBounds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ email, person, field string }{
		"as it should be":    {"ann@example.org", "Ann", ""},
		"plus and dots":      {"a.b+c@sub.example.org", "界", ""},
		"longest name":       {"ann@example.org", strings.Repeat("é", 100), ""},
		"name too long":      {"ann@example.org", strings.Repeat("é", 101), "name"},
		"no name":            {"ann@example.org", " \t", "name"},
		"longest address":    {"a@" + strings.Repeat("b", 248) + ".org", "Ann", ""},
		"address too long":   {"a@" + strings.Repeat("b", 249) + ".org", "Ann", "email"},
		"no address":         {"", "Ann", "email"},
		"no host":            {"ann@", "Ann", "email"},
		"with a name before": {"Ann <ann@example.org>", "Ann", "email"},
		"blank inside":       {"an n@example.org", "Ann", "email"},
		"two addresses":      {"ann@example.org, bob@example.org", "Ann", "email"},
		"a line after it":    {"ann@example.org\r\nBcc: x@example.org", "Ann", "email"},
	} {
		err := user.User{Email: c.email, Name: c.person}.Check()
		var f *fault.Error
		if c.field == "" && err != nil || c.field != "" && (!errors.As(err, &f) || f.Field != c.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFoldedAddressesAreEqual(t *testing.T) {
	t.Parallel()
	if user.Fold(" Ann@Example.ORG\n") != "ann@example.org" {
		t.Errorf("folded: %q", user.Fold(" Ann@Example.ORG\n"))
	}
}

// Systems type ü as one character or as u with a mark. It is one address.
func TestAddressesAreComparedInNFC(t *testing.T) {
	t.Parallel()
	if composed, apart := user.Fold("MÜLLER@x.test"), user.Fold("mu\u0308ller@x.test"); composed != apart || composed != "m\u00fcller@x.test" {
		t.Errorf("%q and %q", composed, apart)
	}
}

func TestAnInvisibleNameIsRefused(t *testing.T) {
	t.Parallel()
	if err := (user.User{Email: "ann@example.org", Name: "\u200b\u2060"}).Check(); err == nil {
		t.Error("nobody could see this person in a list")
	}
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		password string
		ok       bool
	}{
		"shortest":              {strings.Repeat("x", 12), true},
		"too short":             {strings.Repeat("x", 11), false},
		"characters, not bytes": {strings.Repeat("界", 11), false},
		"of other letters":      {strings.Repeat("界", 12), true},
		"longest":               {strings.Repeat("é", 200), true},
		"too long":              {strings.Repeat("é", 201), false},
		"the address":           {"ann@example.org", false},
		"the address, in caps":  {" ANN@example.org ", false},
		"with the address":      {"ann@example.org!", true},
	} {
		if err := user.CheckPassword(c.password, "ann@example.org"); (err == nil) != c.ok || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHashesAreSaltedArgon2id(t *testing.T) {
	t.Parallel()
	const password = "correct horse battery staple"
	one, err := user.HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	two, err := user.HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	if one == two || !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(one, password) {
		t.Errorf("hashes: %s and %s", one, two)
	}
	for name, c := range map[string]struct {
		password, hash string
		want           bool
	}{
		"right":                   {password, one, true},
		"wrong":                   {password + " ", one, false},
		"empty":                   {"", one, false},
		"nobody":                  {password, "", false},
		"nobody and no password":  {"", "", false},
		"nobody, decoy's phrase":  {"a decoy that nobody's password equals", "", false},
		"what is no hash":         {password, "x", false},
		"the hash as a password":  {one, one, false},
		"another person's hash":   {"another password", two, false},
		"the same, another salt":  {password, two, true},
		"composed or not matters": {"cafe\u0301", one, false},
	} {
		if got := user.Verify(c.password, c.hash); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestUnknownPersonsTakeTheTime asks whether the work is done, not how fast: an early answer would be a thousand times faster.
func TestUnknownPersonsTakeTheTime(t *testing.T) {
	t.Parallel()
	hash, err := user.HashPassword("correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	fastest := func(hash string) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			user.Verify("a wrong password", hash)
			best = min(best, time.Since(start))
		}
		return best
	}
	if known, unknown := fastest(hash), fastest(""); unknown < known/4 {
		t.Errorf("a known person takes %v, an unknown one %v", known, unknown)
	}
}
