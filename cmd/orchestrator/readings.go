package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// The disk check warns below lowDisk percent or lowBytes of free space, and reports an error below noDisk or noBytes.
const (
	lowDisk, noDisk   = 10, 2
	lowBytes, noBytes = 5 << 30, 1 << 30
)

// readings checks the health of this host. It runs when somebody opens the health page.
func (s *server) readings(ctx context.Context) []instance.Check {
	return []instance.Check{s.readDisk(), s.readMemory(), s.readGateway(ctx), s.readOpencode(), s.readSandbox()}
}

func (s *server) readDisk() instance.Check {
	c := instance.Check{Name: "Disk", Light: instance.Good}
	const do = "Delete unneeded data, shorten the retention periods, or move the data directory to a larger disk."
	var st unix.Statfs_t
	if err := unix.Statfs(s.settings.Data, &st); err != nil {
		return c.Dark(instance.Bad, "unknown", "Cannot read the data directory: "+err.Error()+".", do)
	}
	free, all := int64(st.Bavail)*int64(st.Bsize), int64(st.Blocks)*int64(st.Bsize) //nolint:unconvert // their types differ between systems
	c.Reading = fmt.Sprintf("%.1f of %.1f GiB free", gib(free), gib(all))
	switch share := free * 100 / max(all, 1); {
	case share < noDisk || free < noBytes:
		return c.Dark(instance.Bad, c.Reading, "The data directory's disk is almost full. Writes will soon fail.", do)
	case share < lowDisk || free < lowBytes:
		return c.Dark(instance.Warn, c.Reading, "The data directory's disk is filling up.", do)
	}
	return c
}

func gib(n int64) float64 { return float64(n) / (1 << 30) }

func (s *server) readMemory() instance.Check {
	c := instance.Check{Name: "Memory", Light: instance.Good}
	free, ok := freeMemory()
	if !ok {
		return c.Dark(instance.Warn, "unknown", "This system does not report free memory, so --min-free-memory has no effect.", "")
	}
	c.Reading = fmt.Sprintf("%.1f GiB free", gib(free))
	if least := int64(s.settings.MinFreeMemory); free < least {
		return c.Dark(instance.Bad, c.Reading, fmt.Sprintf("No new sessions start while less than %.1f GiB is free.", gib(least)), "Stop an OpenCode process, or lower --min-free-memory.")
	}
	return c
}

// readGateway connects to the model gateway.
func (s *server) readGateway(ctx context.Context) instance.Check {
	c := instance.Check{Name: "Model gateway", Light: instance.Good}
	addr, begun := strings.TrimPrefix(s.gateway.URL, "http://"), time.Now()
	l, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return c.Dark(instance.Bad, "not responding", "Agents cannot call models: "+err.Error()+".", "Restart the server.")
	}
	_ = l.Close()
	c.Reading = fmt.Sprintf("%s accepted a connection in %.1f ms", addr, float64(time.Since(begun).Microseconds())/1000)
	return c
}

func (s *server) readOpencode() instance.Check {
	c := instance.Check{Name: "OpenCode", Light: instance.Good}
	const do = "Run 'make setup' or set --opencode-bin."
	if s.settings.OpencodeBin == "" {
		return c.Dark(instance.Bad, "not installed", "Sessions cannot run.", do)
	}
	version, err := s.opencode.version(s.settings.OpencodeBin)
	switch {
	case err != nil:
		return c.Dark(instance.Bad, s.settings.OpencodeBin, err.Error(), do)
	case version == "":
		return c.Dark(instance.Warn, "checking the version", "Reload this page in a moment.", "")
	case opencode.Older(version, opencode.MinimumVersion):
		return c.Dark(instance.Bad, version, "This server requires "+opencode.MinimumVersion+" or later.", do)
	}
	c.Reading = version + ", " + s.settings.OpencodeBin
	return c
}

// readSandbox lists the attacks that this host cannot stop.
func (s *server) readSandbox() instance.Check {
	c, h := instance.Check{Name: "Sandbox", Light: instance.Good}, usableHost(s.settings)
	if !s.settings.SandboxOn() {
		return c.Dark(instance.Bad, "off", "Agents have the same permissions as the server.", "Start the server without --sandbox=off.")
	}
	rows, open := h.Protections(), []string{}
	for _, p := range rows {
		if !p.Protected {
			open = append(open, p.Attack)
		}
	}
	c.Reading = fmt.Sprintf("Landlock ABI %d, %d of %d attacks blocked", h.LandlockABI, len(rows)-len(open), len(rows))
	switch {
	case !h.Holds():
		return c.Dark(instance.Bad, c.Reading, "Agents cannot start because this host has no sandbox support.", "Use a Linux kernel with Landlock, or start the server with --sandbox=off.")
	case len(open) > 0:
		return c.Dark(instance.Warn, c.Reading, "Not blocked: "+strings.Join(open, "; ")+".", "Run 'orchestrator doctor' for the full list.")
	}
	return c
}

// measure fills in whether each process is alive and how much memory it uses.
func measure(ps []instance.Process) {
	pids := make([]int, 0, len(ps))
	for i := range ps {
		started, err := sandbox.StartTime(ps[i].PID)
		if ps[i].Alive = err == nil && started == ps[i].StartTime; ps[i].Alive {
			pids = append(pids, ps[i].PID)
		}
	}
	memory := sandbox.Memory(pids)
	for i := range ps {
		if ps[i].Alive {
			ps[i].Memory = memory[ps[i].PID]
		}
	}
}
