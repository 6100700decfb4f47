package e2e

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// tableVar names the file whose table TestKillTable writes. With it, the test kills on every step; without, on a sample.
const tableVar = "ORCHESTRATOR_KILL_TABLE"

var victims = []string{"server", "agent", "both"}

// killed is one row's result.
type killed struct {
	road, step, victim string
	back               time.Duration // from the kill until the session was accounted for
}

// TestKillTable goes each road once undisturbed, and then once for each step that it saw and each victim: it kills when the step is
// there, starts the server again, and goes on to the end. No event of before may be missing, changed or there twice, and the session
// must be accounted for within 30 seconds.
func TestKillTable(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	all := os.Getenv(tableVar) != ""
	rows := map[string][]killed{} // by road; none of one that failed
	type tested interface {
		killedEverywhere(t *testing.T, all bool) []killed
	}
	ways := map[string]tested{}
	var names []string
	for _, r := range slices.Concat(roads, takingRoads) {
		ways[r.name], names = r, append(names, r.name)
	}
	for _, k := range slices.Concat(mergeCourses, []course{pullCourse()}) {
		ways[k.name], names = k, append(names, k.name)
	}
	t.Run("roads", func(t *testing.T) {
		for i, name := range names {
			if !all && i%3 != 0 {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got := ways[name].killedEverywhere(t, all)
				mu.Lock()
				defer mu.Unlock()
				if rows[name] = got; t.Failed() {
					rows[name] = nil
				}
				if all {
					writeTable(t, rows)
				}
			})
		}
	})
}

// killedEverywhere is a road with a kill on every step, or on a few.
func (r road) killedEverywhere(t *testing.T, all bool) (rows []killed) {
	w := newWorld(t)
	if r.allows != "" {
		w.kill()
		w.flags = append(w.flags, "--repo-root", "acme="+filepath.Join(w.dir, "git")+r.allows)
		w.start()
	}
	m := w.newTeam("acme", 10)
	gate := "undisturbed"
	id := r.begin(m, gate)
	log := m.walk(r, id, gate, never)
	n, first := 0, 0
	for r.from != "" && (log[first].Type != "session.state" || stepOf(log[first]).to != r.from) {
		first++
	}
	for i := range log {
		if i < first {
			continue
		}
		for v, victim := range victims {
			if !all && (i-first)*len(victims)+v != 7*len(r.name)%((len(log)-first)*len(victims)) { // one case of the road
				continue
			}
			n++
			at := fmt.Sprintf("%s/%d %s/%s", r.name, i+1, stepOf(log[i]), victim)
			t.Run(at, func(t *testing.T) {
				w.t = t
				if row, ok := m.killedAt(r, log, i, victim, fmt.Sprint(gate, n)); ok {
					rows = append(rows, row)
				}
			})
			w.t = t
		}
	}
	return rows
}

func never([]eventJSON) bool { return false }

// killedAt goes the road up to its step i and kills. It reports whether there was something to kill.
func (m *team) killedAt(r road, undisturbed []eventJSON, i int, victim, gate string) (killed, bool) {
	w, want := m.w, stepOf(undisturbed[i])
	nth := occurrence(undisturbed[:i+1], want)
	id := r.begin(m, gate)
	before := m.walk(r, id, gate, func(log []eventJSON) bool { return occurrence(log, want) >= nth })
	if victim == "agent" && len(w.agents()) == 0 {
		m.walk(r, id, gate, never)
		return killed{}, false
	}
	if victim != "agent" {
		answered := m.race(r, id, before)
		w.kill()
		<-answered
	}
	if victim != "server" {
		w.killAgents()
	}
	begun := time.Now()
	if victim != "agent" {
		w.start()
	}
	if count(before, "session.state") > 0 { // nobody waits for a draft
		m.accounted(id)
	}
	back := time.Since(begun)
	m.walk(r, id, gate, never)
	m.keptOnce(id, before)
	if r.check != nil {
		r.check(m, id)
	}
	return killed{r.name, fmt.Sprintf("%d. %s", i+1, want), victim, back}, true
}

// race sends what is due now and may be cut off, and returns when the server has it. The channel is closed when there is an answer, or none
// is coming.
func (m *team) race(r road, id string, log []eventJSON) <-chan struct{} {
	answered := make(chan struct{})
	s := m.session(id)
	i := slices.IndexFunc(r.acts, func(a act) bool { return a.request != nil && a.due(m, s, log) })
	if i < 0 {
		close(answered)
		return answered
	}
	isThere(answered, func(ctx context.Context) { r.acts[i].request(ctx, m, id) })
	return answered
}

// occurrence is how often a step is in a log.
func occurrence(log []eventJSON, want step) (n int) {
	for _, e := range log {
		if stepOf(e) == want {
			n++
		}
	}
	return n
}

// otherRoads are the rows of a table of today of the roads that did not run now, so that a road can be repeated alone.
func otherRoads(table string, now map[string][]killed) (rows []killed) {
	if !strings.Contains(table, time.Now().UTC().Format(time.DateOnly)) {
		return nil
	}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 2+len(victims) {
			continue
		}
		road := strings.TrimSpace(cells[0])
		if _, again := now[road]; again {
			continue
		}
		for i, victim := range victims {
			if back, err := time.ParseDuration(strings.ReplaceAll(strings.TrimSpace(cells[2+i]), " ", "")); err == nil {
				rows = append(rows, killed{road, cells[1], victim, back})
			}
		}
	}
	return rows
}

// killTable is the table of docs/reliability.md: one row for each road and step, with the seconds until the session was accounted for.
func killTable(rows []killed) string {
	type key struct{ road, step string }
	cells := map[key]map[string]string{}
	var keys []key
	var worst time.Duration
	for _, r := range rows {
		k := key{r.road, r.step}
		if cells[k] == nil {
			cells[k], keys = map[string]string{}, append(keys, k)
		}
		cells[k][r.victim], worst = fmt.Sprintf("%.1f s", r.back.Seconds()), max(worst, r.back)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(strings.Compare(a.road, b.road), cmp.Compare(atoi(before(a.step)), atoi(before(b.step))))
	})
	var b strings.Builder
	fmt.Fprintf(&b, "%d cases on %s: 0 lost, 0 twice, 0 stuck; the slowest was accounted for after %.1f s.\n\n", len(rows), time.Now().UTC().Format(time.DateOnly), worst.Seconds())
	b.WriteString("| Course | Killed when the log had | server | agent | both |\n|---|---|---|---|---|\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", k.road, k.step, cmp.Or(cells[k]["server"], "–"), cmp.Or(cells[k]["agent"], "–"), cmp.Or(cells[k]["both"], "–"))
	}
	return b.String()
}

func before(s string) string {
	number, _, _ := strings.Cut(s, ".")
	return number
}

// writeTable replaces the table of the file that tableVar names.
func writeTable(t *testing.T, rows map[string][]killed) {
	t.Helper()
	const line = "<!-- kill table -->\n"
	path := os.Getenv(tableVar)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, was, found := strings.Cut(string(text), line)
	if !found {
		t.Fatalf("%s has no line %q", path, line)
	}
	all := append(otherRoads(was, rows), slices.Concat(slices.Collect(maps.Values(rows))...)...)
	if err := os.WriteFile(path, []byte(head+line+killTable(all)), 0o644); err != nil {
		t.Fatal(err)
	}
}
