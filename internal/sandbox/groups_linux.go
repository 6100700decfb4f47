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

// groupPrefix begins the names of our groups.
const groupPrefix = "orchestrator-"

// OpenGroups finds the place for groups: where, or with "auto" the group of this process if it may make groups in there.
// It answers nil when there is none, or where is "off". A place that was named and cannot be used is an error.
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
		return nil, fmt.Errorf("--agent-cgroup %s is no cgroup v2 directory in which this server may make groups", where)
	}
	g := &Groups{dir: dir, limits: l}
	g.enable(named)
	g.sweep()
	return g, nil
}

// ownGroup is the group of this process as a directory; empty where there is no cgroup v2.
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

// enable turns on what the place offers to its groups. A group that has processes of its own cannot: where the place
// was given to us, this process moves into a group beside the agents'.
func (g *Groups) enable(given bool) {
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
		if errors.Is(err, unix.EBUSY) && (given || delegated == nil) && g.stepAside() == nil {
			err = g.write("cgroup.subtree_control", "+"+c.name)
		}
		*c.on = err == nil
	}
	// Whether a group can be ended at once is seen only in a group that is not the root.
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

// sweep removes groups that nobody is in any more; the kernel refuses those that have somebody.
func (g *Groups) sweep() {
	old, _ := filepath.Glob(filepath.Join(g.dir, groupPrefix+"*")) // only a bad pattern fails
	for _, dir := range old {
		_ = unix.Rmdir(dir)
	}
}

// of is the directory of the group of a marker; empty for one that could lead elsewhere.
func (g *Groups) of(marker string) string {
	if g == nil || marker == "" || strings.ContainsFunc(marker, func(c rune) bool {
		return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) {
		return ""
	}
	return filepath.Join(g.dir, groupPrefix+marker)
}

// open makes the group of a marker with its limits and gives it as a file, into which a process is started.
func (g *Groups) open(marker string) (*os.File, error) {
	dir := g.of(marker)
	if dir == "" {
		return nil, nil
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("make a control group: %w", err)
	}
	for _, w := range g.limits.words(g) {
		if err := os.WriteFile(filepath.Join(dir, w.file), []byte(w.text), 0o600); err != nil && !w.optional {
			return nil, fmt.Errorf("limit a control group: %w", err)
		}
	}
	return os.Open(dir)
}

// word is a file of a group and what is written to it; not every kernel has the optional ones.
type word struct {
	file, text string
	optional   bool
}

// period is what the share of processors is counted over, in microseconds.
const period = 100_000

// words are the limits as the kernel reads them, of what the place can do.
func (l GroupLimits) words(g *Groups) (all []word) {
	if g.Memory && l.Memory > 0 {
		all = append(all, word{file: "memory.max", text: strconv.FormatInt(l.Memory, 10)}, word{file: "memory.swap.max", text: "0", optional: true})
	}
	if g.Tasks && l.Tasks > 0 {
		all = append(all, word{file: "pids.max", text: strconv.FormatInt(l.Tasks, 10)})
	}
	if g.CPU && l.CPU > 0 {
		all = append(all, word{file: "cpu.max", text: fmt.Sprintf("%d %d", l.CPU*period/1000, period)})
	}
	return all
}

// end kills everybody in the group of a marker at once, waits until they are gone and removes it.
func (g *Groups) end(marker string) error {
	dir := g.of(marker)
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
			_ = unix.Rmdir(dir) // the next sweep takes what could not go yet
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("control group %s does not end", filepath.Base(dir))
		}
		time.Sleep(pause)
	}
	return fmt.Errorf("end a control group: %w", err)
}
