//go:build !race

package sandbox

import "os"

// Self is the path of this binary, which is also every program that a sandbox starts of its own.
func Self() (string, error) { return os.Executable() }
