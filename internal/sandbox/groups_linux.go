package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// groupPrefix is the prefix of the names of groups.
const groupPrefix = "orchestrator-"

// OpenGroups opens the directory for groups: where, or with "auto" the group of this process if it may create groups in it. It returns
// nil if there is none or where is "off". An explicit directory that cannot be used is an error.
func OpenGroups(where string, l GroupLimits) (*Groups, error) {
	if where == "off" {
		return nil, nil
	}
	dir, named := where, where != "auto"
	if !named {
		if dir = ownGroup(); dir == "" || !mayDivide(dir) {
			return nil, nil
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err != nil || !mayDivide(dir) {
		return nil, fmt.Errorf("--agent-cgroup %s is not a cgroup v2 directory in which this server can create groups", where)
	}
	g := &Groups{dir: dir, limits: l}
	g.enable(named)
	g.removeEmpty()
	return g, nil
}

// ownGroup returns the directory of this process's group, or "" without cgroup v2.
func ownGroup() string {
	mine, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	path, found := "", false
	for line := range strings.Lines(string(mine)) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
			path, found = p, true
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || !found {
		return ""
	}
	for line := range strings.Lines(string(mounts)) {
		before, after, _ := strings.Cut(line, " - ")
		if fields := strings.Fields(before); len(fields) > 4 && strings.HasPrefix(after, "cgroup2 ") {
			if below, ok := strings.CutPrefix(path, strings.TrimSuffix(fields[3], "/")); ok {
				return filepath.Join(fields[4], below)
			}
		}
	}
	return ""
}

func mayDivide(dir string) bool {
	return unix.Access(dir, unix.W_OK) == nil && unix.Access(filepath.Join(dir, "cgroup.procs"), unix.W_OK) == nil
}

// enable enables the available controllers for the groups. The kernel refuses this for a group with processes. If the operator
// has chosen the directory, this process therefore moves into a separate group next to the agents'.
func (g *Groups) enable(explicit bool) {
	offered, err := os.ReadFile(filepath.Join(g.dir, "cgroup.controllers"))
	if err != nil {
		return
	}
	var probe [16]byte
	_, delegated := unix.Getxattr(g.dir, "user.delegate", probe[:])
	for _, c := range []struct {
		name string
		on   *bool
	}{{"memory", &g.Memory}, {"pids", &g.Tasks}, {"cpu", &g.CPU}} {
		if !slices.Contains(strings.Fields(string(offered)), c.name) {
			continue
		}
		err := g.write("cgroup.subtree_control", "+"+c.name)
		if errors.Is(err, unix.EBUSY) && (explicit || delegated == nil) && g.stepAside() == nil {
			err = g.write("cgroup.subtree_control", "+"+c.name)
		}
		*c.on = err == nil
	}
	// Only a group other than the root shows whether groups can be killed.
	if trial, err := os.MkdirTemp(g.dir, groupPrefix+"trial-"); err == nil {
		_, err := os.Stat(filepath.Join(trial, "cgroup.kill"))
		g.Kill = err == nil
		_ = os.Remove(trial)
	}
}

func (g *Groups) stepAside() error {
	beside := filepath.Join(g.dir, groupPrefix+"server")
	if err := os.Mkdir(beside, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return os.WriteFile(filepath.Join(beside, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0)
}

func (g *Groups) write(name, text string) error {
	return os.WriteFile(filepath.Join(g.dir, name), []byte(text), 0)
}

// removeEmpty removes empty groups. The kernel refuses to remove groups with processes.
func (g *Groups) removeEmpty() {
	old, _ := filepath.Glob(filepath.Join(g.dir, groupPrefix+"*")) // fails only for an invalid pattern
	for _, dir := range old {
		_ = unix.Rmdir(dir)
	}
}

// dirOf returns the directory of the group for a marker, or "" for a marker that could be a path elsewhere.
func (g *Groups) dirOf(marker string) string {
	if g == nil || marker == "" || strings.ContainsFunc(marker, func(c rune) bool {
		return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) {
		return ""
	}
	return filepath.Join(g.dir, groupPrefix+marker)
}

// create creates the group for a marker with its limits and returns its directory as a file, for starting a process in it.
func (g *Groups) create(marker string) (*os.File, error) {
	dir := g.dirOf(marker)
	if dir == "" {
		return nil, nil
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("create a control group: %w", err)
	}
	for _, w := range g.limits.settings(g) {
		if err := os.WriteFile(filepath.Join(dir, w.file), []byte(w.text), 0o600); err != nil && !w.optional {
			return nil, fmt.Errorf("limit a control group: %w", err)
		}
	}
	return os.Open(dir)
}

// setting is a file of a group and the text to write to it. Optional files do not exist on all kernels.
type setting struct {
	file, text string
	optional   bool
}

// period is the period of the CPU limit in microseconds.
const period = 100_000

// settings returns the limits in the kernel's format, for the available controllers.
func (l GroupLimits) settings(g *Groups) (all []setting) {
	if g.Memory && l.Memory > 0 {
		all = append(all, setting{file: "memory.max", text: strconv.FormatInt(l.Memory, 10)}, setting{file: "memory.swap.max", text: "0", optional: true})
	}
	if g.Tasks && l.Tasks > 0 {
		all = append(all, setting{file: "pids.max", text: strconv.FormatInt(l.Tasks, 10)})
	}
	if g.CPU && l.CPU > 0 {
		all = append(all, setting{file: "cpu.max", text: fmt.Sprintf("%d %d", l.CPU*period/1000, period)})
	}
	return all
}

// kill kills all processes in the group for a marker together, waits until they have ended and removes the group.
func (g *Groups) kill(marker string) error {
	dir := g.dirOf(marker)
	if dir == "" || !g.Kill {
		return nil
	}
	err := os.WriteFile(filepath.Join(dir, "cgroup.kill"), []byte("1"), 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	deadline := time.Now().Add(5 * time.Second)
	for pause := time.Millisecond; err == nil; pause = min(2*pause, 50*time.Millisecond) {
		events, readErr := os.ReadFile(filepath.Join(dir, "cgroup.events"))
		if readErr != nil || bytes.Contains(events, []byte("populated 0")) {
			_ = unix.Rmdir(dir) // removeEmpty retries later
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the processes in control group %s did not end", filepath.Base(dir))
		}
		time.Sleep(pause)
	}
	return fmt.Errorf("kill a control group: %w", err)
}
