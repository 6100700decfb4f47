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

// The prefixes of the names of groups, and of those of teams.
const (
	groupPrefix = "orchestrator-"
	teamPrefix  = groupPrefix + "team-"
)

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

// removeEmpty removes empty groups, those of programs before those of their teams. The kernel refuses to remove groups with processes.
func (g *Groups) removeEmpty() {
	for _, below := range []string{filepath.Join(teamPrefix+"*", groupPrefix+"*"), groupPrefix + "*"} {
		old, _ := filepath.Glob(filepath.Join(g.dir, below)) // fails only for an invalid pattern
		for _, dir := range old {
			_ = unix.Rmdir(dir)
		}
	}
}

// isName reports whether a marker or a team can be part of a group's name and leads nowhere else.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

// hasGroup reports whether a program with a marker starts in a group of its own.
func (g *Groups) hasGroup(marker string) bool { return g != nil && isName(marker) }

// find returns the directory of the group for a marker, or "" if there is none.
func (g *Groups) find(marker string) string {
	if !g.hasGroup(marker) {
		return ""
	}
	for _, below := range []string{groupPrefix + marker, filepath.Join(teamPrefix+"*", groupPrefix+marker)} {
		if found, _ := filepath.Glob(filepath.Join(g.dir, below)); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

// create creates the group for a marker with its limits and returns its directory as a file, for starting a process in it.
func (g *Groups) create(in Group, marker string) (*os.File, error) {
	if !g.hasGroup(marker) || in.Team != "" && !isName(in.Team) {
		return nil, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	f, err := g.createIn(in, marker)
	if errors.Is(err, os.ErrNotExist) { // another server that starts here has removed the team's group, which was empty
		f, err = g.createIn(in, marker)
	}
	return f, err
}

func (g *Groups) createIn(in Group, marker string) (*os.File, error) {
	dir, limits := g.dir, []GroupLimits{g.limits, in.Limits}
	if in.Team != "" {
		dir, limits = filepath.Join(dir, teamPrefix+in.Team), limits[1:]
		if err := errors.Join(g.make(dir, g.limits), g.divide(dir)); err != nil {
			return nil, err
		}
	}
	dir = filepath.Join(dir, groupPrefix+marker)
	if err := g.make(dir, limits...); err != nil {
		return nil, err
	}
	return os.Open(dir)
}

// make makes a group with limits, of which a later one that is set replaces an earlier one.
func (g *Groups) make(dir string, limits ...GroupLimits) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("create a control group: %w", err)
	}
	for _, l := range limits {
		for _, w := range l.settings(g) {
			if err := os.WriteFile(filepath.Join(dir, w.file), []byte(w.text), 0o600); err != nil && !w.optional {
				return fmt.Errorf("limit a control group: %w", err)
			}
		}
	}
	return nil
}

// divide lets the groups below a team's have limits too.
func (g *Groups) divide(dir string) error {
	for _, c := range []struct {
		name string
		on   bool
	}{{"memory", g.Memory}, {"pids", g.Tasks}, {"cpu", g.CPU}} {
		if !c.on {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+c.name), 0o600); err != nil {
			return fmt.Errorf("divide a control group: %w", err)
		}
	}
	return nil
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

// kill kills all processes in the group for a marker together, and waits until they have ended.
func (g *Groups) kill(marker string) error {
	dir := g.find(marker)
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
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the processes in control group %s did not end", filepath.Base(dir))
		}
		time.Sleep(pause)
	}
	return fmt.Errorf("kill a control group: %w", err)
}

// remove removes the group for a marker, whose processes have ended, and that of its team if it was the last one in it. What the
// kernel refuses to remove, removeEmpty removes at the next start.
func (g *Groups) remove(marker string) {
	dir := g.find(marker)
	if dir == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = unix.Rmdir(dir)
	if team := filepath.Dir(dir); team != g.dir {
		_ = unix.Rmdir(team)
	}
}
