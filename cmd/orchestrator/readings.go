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

// Below these shares of the disk of the data directory, or below this much, there is a warning, or danger.
const (
	lowDisk, noDisk   = 10, 2
	lowBytes, noBytes = 5 << 30, 1 << 30
)

// readings are taken of this host when somebody looks at its health.
func (s *server) readings(ctx context.Context) []instance.Check {
	return []instance.Check{s.readDisk(), s.readMemory(), s.readGateway(ctx), s.readOpencode(), s.readSandbox()}
}

func (s *server) readDisk() instance.Check {
	c := instance.Check{Name: "Disk", Light: instance.Good}
	const do = "Delete what is not needed, shorten retention, or give the data directory a larger disk."
	var st unix.Statfs_t
	if err := unix.Statfs(s.settings.Data, &st); err != nil {
		return c.Dark(instance.Bad, "unknown", "The data directory cannot be read: "+err.Error()+".", do)
	}
	free, all := int64(st.Bavail)*int64(st.Bsize), int64(st.Blocks)*int64(st.Bsize) //nolint:unconvert // their types differ between systems
	c.Reading = fmt.Sprintf("%.1f of %.1f GiB free", gib(free), gib(all))
	switch share := free * 100 / max(all, 1); {
	case share < noDisk || free < noBytes:
		return c.Dark(instance.Bad, c.Reading, "The disk of the data directory is nearly full: writes will fail.", do)
	case share < lowDisk || free < lowBytes:
		return c.Dark(instance.Warn, c.Reading, "The disk of the data directory gets full.", do)
	}
	return c
}

func gib(n int64) float64 { return float64(n) / (1 << 30) }

func (s *server) readMemory() instance.Check {
	c := instance.Check{Name: "Memory", Light: instance.Good}
	free, ok := freeMemory()
	if !ok {
		return c.Dark(instance.Warn, "unknown", "This system does not say how much memory is free, so the limit for it is not kept.", "")
	}
	c.Reading = fmt.Sprintf("%.1f GiB free", gib(free))
	if least := int64(s.settings.MinFreeMemory); free < least {
		return c.Dark(instance.Bad, c.Reading, fmt.Sprintf("No further session starts below %.1f GiB.", gib(least)), "Stop an OpenCode process, or lower --min-free-memory.")
	}
	return c
}

// readGateway knocks at the model gateway's own door.
func (s *server) readGateway(ctx context.Context) instance.Check {
	c := instance.Check{Name: "Model gateway", Light: instance.Good}
	addr, begun := strings.TrimPrefix(s.gateway.URL, "http://"), time.Now()
	l, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return c.Dark(instance.Bad, "does not answer", "Agents cannot ask models: "+err.Error()+".", "Restart the server.")
	}
	_ = l.Close() // it was only to see whether somebody is there
	c.Reading = fmt.Sprintf("%s took a connection in %.1f ms", addr, float64(time.Since(begun).Microseconds())/1000)
	return c
}

func (s *server) readOpencode() instance.Check {
	c := instance.Check{Name: "OpenCode", Light: instance.Good}
	const do = "Run make setup, or name the program with --opencode-bin."
	if s.settings.OpencodeBin == "" {
		return c.Dark(instance.Bad, "not installed", "Sessions cannot run.", do)
	}
	version, err := s.opencode.version(s.settings.OpencodeBin)
	switch {
	case err != nil:
		return c.Dark(instance.Bad, s.settings.OpencodeBin, err.Error(), do)
	case version == "":
		return c.Dark(instance.Warn, "being asked for its version", "Look again in a moment.", "")
	case opencode.Older(version, opencode.MinimumVersion):
		return c.Dark(instance.Bad, version, "This server needs "+opencode.MinimumVersion+" or later.", do)
	}
	c.Reading = version + ", " + s.settings.OpencodeBin
	return c
}

// readSandbox tells what this host cannot hold agents back from.
func (s *server) readSandbox() instance.Check {
	c, h := instance.Check{Name: "Sandbox", Light: instance.Good}, hostAs(s.settings)
	if !s.settings.SandboxOn() {
		return c.Dark(instance.Bad, "off", "Agents have the rights of the server itself.", "Start without --sandbox=off.")
	}
	rows, open := h.Protections(), []string{}
	for _, p := range rows {
		if !p.Protected {
			open = append(open, p.Attack)
		}
	}
	c.Reading = fmt.Sprintf("Landlock ABI %d, %d of %d attacks are stopped", h.LandlockABI, len(rows)-len(open), len(rows))
	switch {
	case !h.Holds():
		return c.Dark(instance.Bad, c.Reading, "No agent starts: this host cannot hold one.", "Use a Linux kernel with Landlock, or start with --sandbox=off.")
	case len(open) > 0:
		return c.Dark(instance.Warn, c.Reading, "Agents are not kept from: "+strings.Join(open, "; ")+".", "orchestrator doctor prints the whole table.")
	}
	return c
}

// measure fills in what each process is and holds now.
func measure(ps []instance.Process) {
	pids := make([]int, 0, len(ps))
	for i := range ps {
		started, err := sandbox.StartTime(ps[i].PID)
		if ps[i].Alive = err == nil && started == ps[i].StartTime; ps[i].Alive {
			pids = append(pids, ps[i].PID)
		}
	}
	held := sandbox.Memory(pids)
	for i := range ps {
		if ps[i].Alive {
			ps[i].Memory = held[ps[i].PID]
		}
	}
}
