//go:build race

package sandbox

import (
	"cmp"
	"os"
)

// Self is the path of this binary, which is also every program that a sandbox starts of its own. A binary with the race detector starts
// slowly and maps much memory, so tests that start thousands of such programs name one without it in a variable. Only a build with the
// race detector reads that variable.
func Self() (string, error) {
	exe, err := os.Executable()
	return cmp.Or(os.Getenv("ORCHESTRATOR_TEST_SELF"), exe), err
}
