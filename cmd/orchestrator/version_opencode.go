package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"
)

// versionCache remembers the version of a program until the program's file changes, because asking for it takes a second.
type versionCache struct {
	mu      sync.Mutex
	file    string // path, modification time and size
	output  string
	err     error
	running bool
}

// isVersion matches what OpenCode prints: a version and nothing else.
var isVersion = regexp.MustCompile(`^\d+\.\d+\.\d+\S*$`)

// versionTimeout limits how long the program may take to print its version.
const versionTimeout = 20 * time.Second

// version returns the version that the program prints, or "" while the program is still running.
func (a *versionCache) version(bin string) (string, error) {
	info, err := os.Stat(bin)
	if err != nil {
		return "", fmt.Errorf("the program was not found: %w", err)
	}
	file := fmt.Sprint(bin, info.ModTime().UnixNano(), info.Size())
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == file {
		return a.output, a.err
	}
	if !a.running {
		a.running = true
		go a.run(bin, file)
	}
	return "", nil
}

func (a *versionCache) run(bin, file string) {
	ctx, cancel := context.WithTimeout(context.Background(), versionTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, bin, "--version").Output()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.file, a.output, a.err, a.running = file, strings.TrimSpace(string(out)), nil, false
	switch {
	case err != nil:
		a.err = fmt.Errorf("the program did not print its version: %w", err)
	case !isVersion.MatchString(a.output):
		a.output, a.err = "", errors.New("the program did not print a version as OpenCode does")
	}
}
