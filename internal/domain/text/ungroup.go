package text

import (
	"regexp"
	"strings"
)

// grouped is a number with one kind of separator between groups of three digits.
var grouped = regexp.MustCompile(`^-?[1-9]\d{0,2}(?:(?:,\d{3})+|(?:_\d{3})+|(?: \d{3})+)(?:\.\d*)?$`)

var separators = strings.NewReplacer(",", "", "_", "", " ", "")

// Ungroup removes spaces around a number and the separators between its thousands, such as in 29,100,418. Anything else is returned as it
// is: a comma that separates no thousands may be a decimal one, so that 2,50 must not become 250.
func Ungroup(number string) string {
	number = strings.TrimSpace(number)
	if grouped.MatchString(number) {
		return separators.Replace(number)
	}
	return number
}
