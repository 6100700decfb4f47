package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// asked remembers what a program said its version was: it takes a second to say so, and says the same until its file changes.
type asked struct {
	mu      sync.Mutex
	of      string
	said    string
	failed  error
	running bool
}

// askWithin bounds how long the program may take.
const askWithin = 20 * time.Second

// version is what the program says; empty while it is being asked.
func (a *asked) version(bin string) (string, error) {
	info, err := os.Stat(bin)
	if err != nil {
		return "", fmt.Errorf("the program is not there: %w", err)
	}
	of := fmt.Sprint(bin, info.ModTime().UnixNano(), info.Size())
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == of {
		return a.said, a.failed
	}
	if !a.running {
		a.running = true
		go a.ask(bin, of)
	}
	return "", nil
}

func (a *asked) ask(bin, of string) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	out, err := exec.CommandContext(ctx, bin, "--version").Output()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of, a.said, a.failed, a.running = of, strings.TrimSpace(string(out)), nil, false
	if err != nil || a.said == "" {
		a.failed = fmt.Errorf("it does not say its version: %v", err)
	}
}
