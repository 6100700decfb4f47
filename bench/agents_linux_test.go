package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// agents is the number of sessions whose memory is measured.
const agents = 4

// BenchmarkAgentMemory measures the private memory that a session takes beside the server's: its OpenCode and the processes that keep it,
// while it writes its first answer, while it is idle afterwards, and while it is idle after ten messages.
func BenchmarkAgentMemory(b *testing.B) {
	openCode(b)
	model, url := scripted(b)
	d := newDesk(b, url, "--warm-spares", "0") // each process is a session's
	for b.Loop() {
		var running, idle, later, counted []float64
		for i := range agents {
			gate := fmt.Sprint("memory ", i)
			before := d.p.descendants()
			id := d.start(`Talk. SCRIPT:[{"text":"one two three","gate":"` + gate + `","gate_at":"text"}]`)
			<-model.Reached(gate)
			own := slices.DeleteFunc(d.p.descendants(), func(pid int) bool { return slices.Contains(before, pid) })
			running = append(running, private(own))
			model.Open(gate)
			d.until(id, "completed")
			own = slices.DeleteFunc(d.p.descendants(), func(pid int) bool { return slices.Contains(before, pid) })
			idle, counted = append(idle, private(own)), append(counted, float64(len(own)))
			for n := range 10 {
				d.next(id, fmt.Sprint("go on ", n))
				d.until(id, "completed")
			}
			later = append(later, private(own))
		}
		report(b, "running, p50", middle(running), "MB")
		report(b, "idle after its first answer, p50", middle(idle), "MB")
		report(b, "idle after ten more messages, p50", middle(later), "MB")
		report(b, "processes of an idle session, p50", middle(counted), "processes")
	}
}

func middle(of []float64) float64 { return slices.Sorted(slices.Values(of))[len(of)/2] }

// descendants are the processes that the server started, and theirs.
func (p *program) descendants() (all []int) {
	parents := map[int]int{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		parents[pid] = parentOf(pid)
	}
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up == p.cmd.Process.Pid {
				all = append(all, pid)
				break
			}
		}
	}
	return all
}

func parentOf(pid int) (parent int) {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	rest := string(stat)[strings.LastIndexByte(string(stat), ')')+1:]
	if fields := strings.Fields(rest); len(fields) > 1 {
		parent, _ = strconv.Atoi(fields[1])
	}
	return parent
}

// private is the private memory of processes in megabytes.
func private(pids []int) (mb float64) {
	for _, pid := range pids {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, _ := strings.Cut(string(text), "RssAnon:")
		line, _, _ := strings.Cut(rest, "kB")
		kib, _ := strconv.ParseFloat(strings.TrimSpace(line), 64)
		mb += kib / 1024
	}
	return mb
}
