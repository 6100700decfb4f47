package sandbox

import (
	"os"
	"path/filepath"
	"strconv"
)

// Memory returns the resident memory of programs in bytes, including their descendants and the processes in their sessions. The result
// does not contain PIDs that do not run. It reads /proc only once for all PIDs.
func Memory(pids []int) map[int]int64 {
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	roots, all := map[int]bool{}, map[int]resident{}
	for _, p := range pids {
		roots[p] = p > 1
	}
	for _, e := range entries {
		p, _ := strconv.Atoi(filepath.Base(e))
		if fields, err := statOf(p); err == nil && len(fields) > 21 && fields[0] != "Z" {
			all[p] = residentOf(fields)
		}
	}
	total := map[int]int64{}
	for p, r := range all {
		if root := rootOf(p, all, roots); root > 0 {
			total[root] += r.bytes
		}
	}
	return total
}

// resident is one process: its parent, its session and its resident memory.
type resident struct {
	parent, session int
	bytes           int64
}

func residentOf(fields []string) (r resident) {
	r.parent, _ = strconv.Atoi(fields[1])
	r.session, _ = strconv.Atoi(fields[3])
	pages, _ := strconv.ParseInt(fields[21], 10, 64)
	r.bytes = pages * int64(os.Getpagesize())
	return r
}

// rootOf returns the root that a process belongs to, or 0 for none.
func rootOf(p int, all map[int]resident, roots map[int]bool) int {
	if s := all[p].session; roots[s] {
		return s
	}
	for a := p; a > 1; a = all[a].parent {
		if roots[a] {
			return a
		}
	}
	return 0
}
