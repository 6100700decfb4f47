package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

func TestCutNeverHalvesACharacter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 0, ""}, {"abc", 0, ""}, {"abc", 3, "abc"}, {"abc", 2, "ab"},
		{"é", 1, ""}, {"aé", 2, "a"}, {"aéb", 3, "aé"}, {"a😀b", 4, "a"}, {"a😀b", 5, "a😀"},
		{"a\x00b", 2, "a\x00"}, {"a\xffb", 2, "a\xff"},
		{strings.Repeat("\x80", 9), 6, strings.Repeat("\x80", 6)}, // no character begins anywhere: nothing is halved
	} {
		if got := text.Cut(c.s, c.n); got != c.want {
			t.Errorf("%d bytes of %q are %q, not %q", c.n, c.s, got, c.want)
		}
	}
}

func TestBriefSaysThatThereWasMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 9, ""}, {"as it is", 9, "as it is"}, {"123456789", 9, "123456789"}, {"1234567890", 9, "123456…"}, {"12345é7890", 9, "12345…"},
		{"a\x00\xffb", 9, "a��b"}, {"\x00\x00\x00\x00", 9, "��…"}, // clean, it is too long
	} {
		got := text.Brief(c.s, c.n)
		if got != c.want || text.Brief(got, c.n) != got {
			t.Errorf("%q in %d bytes is %q, not %q", c.s, c.n, got, c.want)
		}
	}
}

func TestEndsKeepsHeadAndTail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s    string
		n    int
		want string
		cut  bool
	}{
		{"short\x00", 8, "short�", false}, {"12345678", 8, "12345678", false},
		{"head middle tail", 8, "head\n… 8 bytes left out …\ntail", true},
		{"heaé middle étil", 8, "hea\n… 12 bytes left out …\ntil", true},
	} {
		if got, cut := text.Ends(c.s, c.n); got != c.want || cut != c.cut {
			t.Errorf("the ends of %q are %q, %v, not %q", c.s, got, cut, c.want)
		}
	}
}

func FuzzTextIsBoundedAndClean(f *testing.F) {
	f.Add("a\x00\xffé😀", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = min(max(n, 3), 1<<20)
		if got := text.Clean(s); !utf8.ValidString(got) || strings.ContainsRune(got, 0) || text.Clean(got) != got {
			t.Errorf("%q is clean as %q", s, got)
		}
		cut := text.Cut(s, n)
		if len(cut) > n || !strings.HasPrefix(s, cut) || len(s) > n && len(cut) <= n-utf8.UTFMax || utf8.ValidString(s) && !utf8.ValidString(cut) {
			t.Errorf("%d bytes of %q are %q", n, s, cut)
		}
		brief := text.Brief(s, n)
		if len(brief) > n || text.Clean(brief) != brief {
			t.Errorf("%q in %d bytes is %q", s, n, brief)
		}
		kept, _ := text.Ends(s, n)
		if text.Clean(kept) != kept {
			t.Errorf("the ends of %q are %q", s, kept)
		}
	})
}
