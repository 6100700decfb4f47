package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// CachesPath is where programs find their tool caches. It is the same in every sandbox, because tools name their entries after paths.
const CachesPath = "/cache"

// Caches are the tool caches of a program with a separate file system, which sees them at CachesPath. Neither Below nor Own has a name
// there, so the program can change nothing but its own layer.
type Caches struct {
	// Below are directories whose files the program sees, topmost first. What it changes or deletes in them stays in its own layer. They
	// must not change while a program uses them; CachesInUse reports whether one does.
	Below []string
	// Own is the program's own layer, which MakeCaches has created; empty means no caches. Without Below, the program gets it as it is.
	Own string
}

// cacheVars are the variables that tell tools where their cache is.
var cacheVars = []struct{ name, dir string }{
	{"GOCACHE", "go/build"}, {"GOMODCACHE", "go/mod"}, {"npm_config_cache", "npm"}, {"PIP_CACHE_DIR", "pip"}, {"CARGO_HOME", "cargo"},
}

// environ returns the variables for a program that sees the caches.
func (c Caches) environ() (env []string) {
	if c.Own == "" {
		return nil
	}
	for _, v := range cacheVars {
		env = append(env, v.name+"="+filepath.Join(CachesPath, v.dir))
	}
	return env
}

// Files returns the directory of a layer that holds its files.
func (c Caches) Files() string { return filepath.Join(c.Own, "upper") }

// MakeCaches creates a layer for the programs of a user, or keeps an existing one. The directory itself belongs to the server.
func MakeCaches(own string, uid int) error {
	c := Caches{Own: own}
	for _, dir := range []string{c.Files(), filepath.Join(own, "work")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create a layer for tool caches: %w", err)
		}
	}
	if Owns(c.Files(), uid) {
		return nil
	}
	return Own(c.Files(), uid)
}

// errNoOverlay is why CanLayer fails where no program has a separate file system.
var errNoOverlay = errors.New("this host has no separate file systems for programs")
