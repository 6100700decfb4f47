package audit_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
)

func mac(data []byte) []byte {
	m := hmac.New(sha256.New, []byte("key"))
	m.Write(data)
	return m.Sum(nil)
}

// chain makes n sealed entries and their head.
func chain(n int) (es []audit.Entry, h audit.Head) {
	for i := range n {
		e := audit.Entry{ID: fmt.Sprintf("id%d", i+1), At: time.Unix(int64(i), 0), By: "u1", ByName: "Ann", Via: "login", Verb: "start_session", Object: "s1", Result: audit.OK}
		h = audit.Seal(mac, "t1", h, e)
		e.N, e.Mac = h.N, h.Mac
		es = append(es, e)
	}
	return es, h
}

func verify(es []audit.Entry, inside, outside audit.Head) []string {
	v := audit.NewVerifier(mac, "t1", outside)
	for _, e := range es {
		v.Next(e)
	}
	return v.End(inside)
}

func TestAWholeChainIsWhole(t *testing.T) {
	t.Parallel()
	for n := range 4 {
		es, h := chain(n)
		for _, outside := range []audit.Head{{}, h} {
			if got := verify(es, h, outside); got != nil {
				t.Errorf("%d entries: %q", n, got)
			}
		}
	}
	es, h := chain(5)
	if got := verify(es, h, audit.Head{N: 3, Mac: es[2].Mac}); got != nil {
		t.Errorf("the file is behind: %q", got)
	}
}

// Each way to tamper is found, and the finding names the entry.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(es []audit.Entry, h *audit.Head) []audit.Entry
		want   []string
	}{
		"removed":         {func(es []audit.Entry, _ *audit.Head) []audit.Entry { return slices.Delete(es, 3, 4) }, []string{"Entry 4 was removed"}},
		"several removed": {func(es []audit.Entry, _ *audit.Head) []audit.Entry { return slices.Delete(es, 3, 6) }, []string{"Entries 4 to 6 were removed"}},
		"first removed":   {func(es []audit.Entry, _ *audit.Head) []audit.Entry { return es[1:] }, []string{"Entry 1 was removed"}},
		"changed":         {func(es []audit.Entry, _ *audit.Head) []audit.Entry { es[4].ByName = "Bob"; return es }, []string{"Entry 5 (id5"}},
		"the last changed": {func(es []audit.Entry, _ *audit.Head) []audit.Entry { es[9].Result = audit.Refused; return es },
			[]string{"Entry 10 (id10"}},
		"words moved between fields": {func(es []audit.Entry, _ *audit.Head) []audit.Entry {
			es[4].Via, es[4].Verb = "loginstart", "_session"
			return es
		}, []string{"Entry 5"}},
		"places changed": {func(es []audit.Entry, _ *audit.Head) []audit.Entry {
			es[4], es[5] = es[5], es[4]
			es[4].N, es[5].N = 5, 6
			return es
		}, []string{"Entry 5 (id6", "moved from position 6", "Entry 6 (id5", "moved from position 5"}},
		"contents changed places": {func(es []audit.Entry, _ *audit.Head) []audit.Entry {
			es[4], es[5] = es[5], es[4]
			es[4].N, es[4].Mac, es[5].N, es[5].Mac = 5, es[5].Mac, 6, es[4].Mac
			return es
		}, []string{"Entry 5 (id6", "moved from position 6", "Entry 6 (id5", "moved from position 5"}},
		"cut off":     {func(es []audit.Entry, _ *audit.Head) []audit.Entry { return es[:7] }, []string{"Entries 8 to 10 were cut off"}},
		"all cut off": {func([]audit.Entry, *audit.Head) []audit.Entry { return nil }, []string{"Entries 1 to 10 were cut off"}},
		"cut with its head": {func(es []audit.Entry, h *audit.Head) []audit.Entry {
			*h = audit.Head{N: 7, Mac: es[6].Mac}
			return es[:7]
		},
			[]string{"Entries 8 to 10 were cut off, and the head was reset"}},
		"all cut with the head": {func(_ []audit.Entry, h *audit.Head) []audit.Entry { *h = audit.Head{}; return nil }, []string{"Entries 1 to 10 were cut off"}},
		"only the head set back": {func(es []audit.Entry, h *audit.Head) []audit.Entry { *h = audit.Head{N: 7, Mac: es[6].Mac}; return es },
			[]string{"there are 10"}},
		"another head": {func(es []audit.Entry, h *audit.Head) []audit.Entry { h.Mac = es[2].Mac; return es }, []string{"does not match entry 10"}},
		"planted at the end": {func(es []audit.Entry, h *audit.Head) []audit.Entry {
			e := es[9]
			e.N, e.ID = 11, "planted"
			*h = audit.Head{N: 11, Mac: e.Mac}
			return append(es, e)
		}, []string{"Entry 11 (planted"}},
		"cut off and written on": {func(es []audit.Entry, h *audit.Head) []audit.Entry {
			at := audit.Head{N: 9, Mac: es[8].Mac}
			es[9].Detail = "harmless"
			*h = audit.Seal(mac, "t1", at, es[9]) // as the sealer would, had somebody cut the end off
			es[9].Mac = h.Mac
			return es
		}, []string{"Entry 10 (id10", "outside the database"}},
		"twice": {func(es []audit.Entry, _ *audit.Head) []audit.Entry { return slices.Insert(es, 4, es[3]) }, []string{"Entry 4 (id4", "appears twice"}},
	} {
		es, h := chain(10)
		outside := h
		got := strings.Join(verify(c.change(es, &h), h, outside), "\n")
		if got == "" {
			t.Errorf("%s: nothing is found", name)
		}
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in:\n%s", name, want, got)
			}
		}
	}
}

func TestOtherEntriesAreNotBlamed(t *testing.T) {
	t.Parallel()
	es, h := chain(10)
	es[4], es[5] = es[5], es[4]
	es[4].N, es[5].N = 5, 6
	if got := verify(es, h, h); len(got) != 2 {
		t.Errorf("two changed places: %q", got)
	}
	es, h = chain(10)
	es[4].Detail = "x"
	if got := verify(es, h, h); len(got) != 1 {
		t.Errorf("one was changed: %q", got)
	}
}

func TestManyFindingsAreBounded(t *testing.T) {
	t.Parallel()
	es, h := chain(1000)
	for i := range es {
		es[i].Verb = "x"
	}
	got := verify(es, h, h)
	if len(got) > 300 || !strings.Contains(got[len(got)-1], "further entries") {
		t.Errorf("%d findings, the last is %q", len(got), got[len(got)-1])
	}
}

func TestAChainBelongsToItsTeam(t *testing.T) {
	t.Parallel()
	es, h := chain(3)
	v := audit.NewVerifier(mac, "t2", h)
	for _, e := range es {
		v.Next(e)
	}
	if v.End(h) == nil {
		t.Error("another team's entries pass")
	}
}

func TestCSVCellsAreNoFormulas(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w, err := audit.NewCSV(&b)
	if err != nil {
		t.Fatal(err)
	}
	evil := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "|cmd", "%x", "＝1", `a","=1`, "line\nbreak", ""}
	for _, cell := range evil {
		if err := w.Write([]audit.Entry{{ID: "1", At: time.Unix(0, 0), ByName: cell, Detail: cell, Before: cell, Object: cell}}); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil || len(rows) != len(evil)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n |%") {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
}
