package main

import (
	"strings"
	"testing"
)

// A program that is not OpenCode is called so, and a failure has its reason.
func TestAProgramThatIsNotOpenCode(t *testing.T) {
	t.Parallel()
	for bin, want := range map[string]string{"/bin/true": "so it is not OpenCode", "/bin/false": "did not print its version: exit status 1"} {
		var c versionCache
		c.run(bin, "")
		if c.output != "" || c.err == nil || !strings.Contains(c.err.Error(), want) {
			t.Errorf("%s: %q, %v", bin, c.output, c.err)
		}
	}
}
