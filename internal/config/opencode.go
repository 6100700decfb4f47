package config

import (
	"os"
	"os/exec"
	"path/filepath"
)

// OpencodeVersion is the OpenCode release that make run installs and the tests use.
const OpencodeVersion = "1.18.33"

// FindOpencode resolves symbolic links in OpencodeBin. If it is not set, FindOpencode looks for the program that make run installed
// below the working directory, then in PATH, and leaves it empty if there is none.
func (s *Settings) FindOpencode() {
	if s.OpencodeBin != "" {
		s.OpencodeBin = resolve(s.OpencodeBin)
		return
	}
	for _, path := range installed() {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			s.OpencodeBin = resolve(path)
			return
		}
	}
	if path, err := exec.LookPath("opencode"); err == nil {
		s.OpencodeBin = resolve(path)
	}
}

// MissingOpencode says that sessions cannot run, if there is no OpenCode program at OpencodeBin, and what to do; "" if there is one.
func (s Settings) MissingOpencode() string {
	const install = "Install Node.js with npm and run 'make run', or set --opencode-bin"
	info, err := os.Stat(s.OpencodeBin)
	switch {
	case s.OpencodeBin == "":
		return "OpenCode was not found, so sessions cannot run. " + install + "."
	case err != nil:
		return "OpenCode was not found at " + s.OpencodeBin + ", so sessions cannot run. " + install + " to the program's path."
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return "--opencode-bin " + s.OpencodeBin + " is not a program, so sessions cannot run. " + install + " to the program's path."
	}
	return ""
}

// resolve follows symbolic links, because the sandbox opens the directory of the program, not of the link.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	abs, _ := filepath.Abs(path) // fails only without a working directory, and then nothing else works
	return abs
}

// installed lists the paths at which make run links the program: below the working directory and next to the binary's directory.
func installed() []string {
	link := filepath.Join(".tools", "opencode", "opencode")
	paths := []string{link}
	if exe, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(exe), "..", link))
	}
	return paths
}
