package factor

import (
	"encoding/base32"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The seeds and codes of RFC 6238, appendix B, cut to six digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		if got, err := Code(secret, time.Unix(at, 0)); err != nil || got != code {
			t.Errorf("at %d: %q, %v; want %q", at, got, err, code)
		}
		if step, ok := Match(secret, code[:3]+" "+code[3:], time.Unix(at, 0), 0); !ok || step != at/30 {
			t.Errorf("at %d: step %d, %t", at, step, ok)
		}
	}
}

func TestACodeCountsOneStepToEitherSideAndOnce(t *testing.T) {
	t.Parallel()
	secret, now := NewSecret(), time.Unix(1_800_000_015, 0)
	for d, want := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		code, _ := Code(secret, now.Add(time.Duration(d)*period))
		step, ok := Match(secret, code, now, 0)
		if ok != want {
			t.Errorf("%d steps away: %t", d, ok)
		}
		if _, again := Match(secret, code, now, step); ok && again {
			t.Errorf("%d steps away: taken twice", d)
		}
	}
	for _, code := range []string{"", "0", "abcdef", "1234567"} {
		if _, ok := Match(secret, code, now, 0); ok {
			t.Errorf("%q is taken", code)
		}
	}
}

func TestRecoveryCodesAreReadHoweverTheyAreTyped(t *testing.T) {
	t.Parallel()
	form, seen := regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$`), map[string]bool{}
	for _, c := range NewRecoveryCodes() {
		folded := FoldRecovery(c)
		if !form.MatchString(c) || seen[folded] {
			t.Errorf("%q", c)
		}
		seen[folded] = true
		for _, typed := range []string{strings.ToUpper(c), " " + strings.ReplaceAll(c, "-", " "), strings.NewReplacer("0", "O", "1", "l").Replace(c)} {
			if FoldRecovery(typed) != folded {
				t.Errorf("%q is not read as %q", typed, c)
			}
		}
	}
	if len(seen) != 10 || FoldRecovery("123 456") != "" {
		t.Errorf("%d codes, or a code of an app is taken for one", len(seen))
	}
}

func TestAnAppIsToldWhoseSecretItIs(t *testing.T) {
	t.Parallel()
	got := Address("ABCD", "agents.example.org", "ann+x@example.org")
	if got != "otpauth://totp/agents.example.org:ann+x@example.org?issuer=agents.example.org&secret=ABCD" {
		t.Error(got)
	}
	q, err := NewQR(got)
	if err != nil || q.Size < 29 || strings.Trim(q.Path, "M0123456789 hv-z") != "" {
		t.Errorf("%+v, %v", q, err)
	}
}
