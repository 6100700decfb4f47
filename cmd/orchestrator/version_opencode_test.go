package main

import (
	"strings"
	"testing"
)

// A program that is not OpenCode is not shown with what it printed as its version, and a failure has its reason.
func TestAProgramThatIsNotOpenCode(t *testing.T) {
	t.Parallel()
	for bin, want := range map[string]string{"/bin/true": "did not print a version as OpenCode does", "/bin/false": "did not print its version: exit status 1"} {
		var c versionCache
		c.run(bin, "")
		if c.err == nil || !strings.Contains(c.err.Error(), want) {
			t.Errorf("%s: %q, %v", bin, c.output, c.err)
		}
	}
}
