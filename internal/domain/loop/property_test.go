package loop_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
)

// The table keeps what is promised: repeats stop from the third to the tenth, and an unmoved diff stops nothing.
func TestTheTableKeepsItsBounds(t *testing.T) {
	t.Parallel()
	for _, r := range loop.Rules() {
		repeats := r.Sign != loop.CallRate && r.Sign != loop.CostRate && r.Alone
		if repeats && (r.Limit != 0 && r.Limit < loop.MinRepeats || r.Limit > loop.MaxRepeats || r.Family > loop.MaxRepeats) {
			t.Errorf("%s: %+v", r.Sign, r)
		}
		if r.Alone == (r.Sign == loop.UnmovedDiff) || r.Counts == "" || r.Sign.Title() == string(r.Sign) {
			t.Errorf("%s: %+v %q", r.Sign, r, r.Sign.Title())
		}
		if s := (loop.Evidence{Sign: r.Sign, Count: 6, Limit: 6, What: "read a.go"}).Sentence(); !strings.HasSuffix(s, ".") {
			t.Errorf("%s: %q", r.Sign, s)
		}
	}
	for n, want := range map[int]int{0: 6, 1: 3, 2: 3, 3: 3, 7: 7, 10: 10, 11: 10, -4: 3} {
		if got := loop.Repeats(n); got != want {
			t.Errorf("%d repeats are %d, not %d", n, got, want)
		}
	}
}

// Whatever a team chooses, one and the same turn stops its session from the third to the tenth time.
func TestEveryRepeatStopsFromTheThirdToTheTenth(t *testing.T) {
	t.Parallel()
	for repeats := -1; repeats <= 12; repeats++ {
		for name, r := range runaways {
			if r.by == loop.CallRate || r.by == loop.CostRate {
				continue
			}
			a := newAgent(t)
			a.w.Add("s", repeats, began)
			for i := 0; a.why == nil && i < 1000; i++ {
				r.play(a, i)
			}
			if a.why == nil || a.why.Count < loop.MinRepeats || a.why.Count > loop.MaxRepeats {
				t.Errorf("%s with %d repeats: %+v", name, repeats, a.why)
			}
		}
	}
}

// Turns that are all different stop nothing, however long they go on, in whatever order tools, talk, waits and compactions come.
func TestWhatIsNewStopsNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 44))
		a := newAgent(t)
		for i := range 400 {
			switch r.IntN(8) {
			case 0:
				a.edit("a.go", i)
			case 1:
				a.bash("git log "+wordy(i), "")
			case 2:
				a.fails("bash", command2("make "+wordy(i)), "error: "+wordy(i))
			case 3:
				a.does("todowrite", "{}", "")
			case 4:
				a.call(loop.Call{Tool: "bash", Args: command2("sleep 30"), Duration: 30 * time.Second})
			case 5:
				a.says("Next: " + wordy(i))
				a.does("read", fmt.Sprintf(`{"filePath":%q}`, wordy(i)), "x")
			case 6:
				a.compacts()
				a.does("grep", fmt.Sprintf(`{"pattern":%q}`, wordy(i)), "")
			case 7:
				a.w.Moved("s", a.place.At)
			}
		}
		if a.why != nil {
			t.Fatalf("seed %d: %s", seed, a.why.Sentence())
		}
	}
}

// A diff that does not move never stops a session, whatever else it does that is new.
func TestAnUnmovedDiffNeverStopsAlone(t *testing.T) {
	t.Parallel()
	a := newAgent(t)
	a.pace = time.Hour
	for i := range 500 {
		a.does("read", fmt.Sprintf(`{"filePath":%q}`, wordy(i)), "x")
	}
	if a.why != nil {
		t.Error(a.why.Sentence())
	}
	for i := 0; a.why == nil; i++ {
		a.testFails(i)
	}
	if s := a.why.Signs; len(s) != 3 || s[0].Sign != loop.SameCall || s[1].Sign != loop.SameError || s[2].Sign != loop.UnmovedDiff || s[2].For < 500*time.Hour {
		t.Errorf("signs %+v", s)
	}
}

// Evidence names each turn, what was repeated and what it cost, and neither more nor less.
func TestEvidenceNamesTurnsAndCost(t *testing.T) {
	t.Parallel()
	a := newAgent(t)
	a.edit("a.go", 1)
	a.edit("a.go", 2)
	for i := 0; a.why == nil; i++ {
		a.testFails(i)
	}
	e := a.why
	if len(e.Turns) != 6 || e.Turns[0].Seq != 3 || e.Turns[5].Seq != 8 {
		t.Errorf("turns %+v", e.Turns)
	}
	if e.What != "bash go test ./store -run TestPool32 -count=1" || !strings.Contains(e.Text, "context deadline exceeded, 32 of 32 in use") || !e.Failed {
		t.Errorf("%q %q", e.What, e.Text)
	}
	if e.TotalTokens != 8*8000 || e.TotalCost != 80_000 || e.Tokens != 5*8000 || e.Cost != 50_000 {
		t.Errorf("%d of %d tokens, %d of %d", e.Tokens, e.TotalTokens, e.Cost, e.TotalCost)
	}
	if want := "The same call failed 6 times with the same error: bash go test ./store -run TestPool32 -count=1."; e.Sentence() != want {
		t.Errorf("%q", e.Sentence())
	}
}

// Children and sub-agents that each repeat a little are counted together with their parent.
func TestAFamilyIsCountedTogether(t *testing.T) {
	t.Parallel()
	a := newAgent(t)
	var all []*agent
	for i := range 3 {
		all = append(all, a.in(fmt.Sprint("child", i), "main"))
	}
	var why *loop.Evidence
	for i := 0; why == nil && i < 10; i++ {
		for _, c := range all {
			if c.testFails(i); why == nil {
				why = c.why
			}
		}
	}
	if why == nil || !why.Family || why.Count != 10 || len(why.Sessions) != 4 || why.Session != "child0" {
		t.Fatalf("%+v", why)
	}
	a.w.Forget("child0")
	a.w.Forget("child1")
	a.w.Forget("child2")
	all[0].why = nil
	if all[0].testFails(3); all[0].why != nil {
		t.Error("a person's message did not end the family's row")
	}
}

func TestSubAgentsAreCountedWithTheirSession(t *testing.T) {
	t.Parallel()
	a := newAgent(t)
	var why *loop.Evidence
	for i := 0; why == nil && i < 20; i++ {
		sub := a.in("s", fmt.Sprint("sub", i))
		sub.says("")
		why = sub.why
	}
	if why == nil || why.Family || why.Sign != loop.NoAnswer || why.Count != 10 {
		t.Errorf("%+v", why)
	}
}

func TestAFamilysMinuteIsCountedTogether(t *testing.T) {
	t.Parallel()
	a := newAgent(t)
	var why *loop.Evidence
	for i := 0; why == nil && i < 1000; i++ {
		c := a.in(fmt.Sprint("child", i%6), "main")
		c.place.At, c.n, c.pace = began.Add(time.Duration(i)*50*time.Millisecond), i, 0
		c.edit("a.go", i)
		why = c.why
	}
	if why == nil || !why.Family || why.Sign != loop.CallRate || why.Count != 720 || len(why.Sessions) != 7 {
		t.Errorf("%+v", why)
	}
}

// What has ended is watched no longer; with the last session of a family nothing is left.
func TestEndedSessionsAreNotWatched(t *testing.T) {
	t.Parallel()
	a := newAgent(t)
	child := a.in("child", "main")
	if !a.w.End("child") || a.w.Has("child") || len(a.w.Running()) != 1 {
		t.Error("the child has not ended")
	}
	for i := range 20 {
		child.testFails(i)
	}
	if child.why != nil || a.w.End("s") {
		t.Error("an ended session was stopped, or is left")
	}
	stranger := &agent{t: t, w: a.w, place: loop.Place{Session: "x", At: began}}
	for range 20 {
		stranger.says("")
	}
	if stranger.why != nil {
		t.Error("a session that was not added was stopped")
	}
}

func FuzzNothingPanics(f *testing.F) {
	f.Add("bash", `{"command":"ls"}`, "out", int64(3), int64(200))
	f.Add("", "{", "\xff\x00", int64(-1), int64(0))
	f.Fuzz(func(t *testing.T, tool, args, result string, at, status int64) {
		w := loop.NewWatch()
		w.Add("s", 0, began)
		for i := range 12 {
			p := loop.Place{Session: "s", At: time.Unix(at%1e10+int64(i), 0)}
			for _, e := range []*loop.Evidence{
				w.Call(loop.Call{Place: p, Tool: tool, Args: args, Result: result, Failed: i%2 == 0, Duration: time.Duration(at)}),
				w.Answer(loop.Answer{Place: p, Text: result, Tools: []string{args}[:i%2], Status: int(status % 1000), Cost: at}),
			} {
				if e != nil && e.Sentence() == "" {
					t.Error("no sentence")
				}
			}
		}
	})
}

// BenchmarkCall is the cost of the breaker for one tool call with a result of usual size.
func BenchmarkCall(b *testing.B) {
	w := loop.NewWatch()
	w.Add("s", 0, began)
	out := strings.Repeat("pool_test.go:88: acquire: context deadline exceeded after 30.0 s\n", 40)
	for i := range b.N {
		w.Call(loop.Call{Place: loop.Place{Session: "s", At: began}, Tool: "bash", Args: command2("go test " + wordy(i)), Result: out})
	}
}
