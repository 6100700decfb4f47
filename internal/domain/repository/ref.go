package repository

import (
	"strings"
	"unicode/utf8"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// maxRef is the maximum length of a branch, tag or commit in characters.
const maxRef = 200

// CheckRef checks that s can be a branch, tag or commit by the rules of git check-ref-format. In addition, it refuses a leading hyphen,
// which a command could read as an option, and text that a database cannot store.
func CheckRef(field, s string) error {
	ok := s != "" && s[0] != '-' && s != "@" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxRef &&
		!strings.ContainsFunc(s, forbiddenInRef) && !strings.Contains(s, "..") && !strings.Contains(s, "@{") && !strings.HasSuffix(s, ".")
	for part := range strings.SplitSeq(s, "/") {
		ok = ok && part != "" && part[0] != '.' && !strings.HasSuffix(part, ".lock")
	}
	if !ok {
		return fault.Field(field, "%q is not a valid branch, tag or commit. Use a name such as main.", s)
	}
	return nil
}

// forbiddenInRef reports whether git allows c nowhere in the name of a ref.
func forbiddenInRef(c rune) bool {
	return c <= ' ' || c == 0x7f || strings.ContainsRune(`~^:?*[\`, c)
}
