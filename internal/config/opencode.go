package config

import (
	"os"
	"os/exec"
	"path/filepath"
)

// OpencodeVersion is the OpenCode release that make run installs and the tests drive.
const OpencodeVersion = "1.18.33"

// FindOpencode follows the links of OpencodeBin and fills it where it was not set: what make run installed below the working directory, then PATH.
// It stays empty when there is none.
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

// resolve follows links: the sandbox opens the program's own folder, not the link's.
func resolve(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	abs, _ := filepath.Abs(path) // fails only where there is no working directory, and then nothing else works
	return abs
}

// installed lists where make run links the program: below the working directory, and beside the binary's own folder.
func installed() []string {
	link := filepath.Join(".tools", "opencode", "opencode")
	paths := []string{link}
	if exe, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(exe), "..", link))
	}
	return paths
}
