package loop_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
)

// agent plays one conversation against a breaker with a clock of its own.
type agent struct {
	t      testing.TB
	w      *loop.Watch
	place  loop.Place
	n      int
	pace   time.Duration // of one model call
	price  int64
	tripAt int // turn in which the breaker tripped, 0 if it did not
	why    *loop.Evidence
}

var began = time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC)

func newAgent(t testing.TB) *agent {
	w := loop.NewWatch()
	w.Add("s", 0, began)
	return &agent{t: t, w: w, place: loop.Place{Session: "s", Conversation: "main", At: began}, pace: 2 * time.Second, price: 10_000}
}

// in is another conversation with the same breaker and clock.
func (a *agent) in(session, conversation string) *agent {
	if !a.w.Has(session) {
		a.w.Add(session, 0, a.place.At)
	}
	return &agent{t: a.t, w: a.w, place: loop.Place{Session: session, Conversation: conversation, At: a.place.At}, pace: a.pace, price: a.price}
}

func (a *agent) note(e *loop.Evidence) {
	if e != nil && a.why == nil {
		a.why, a.tripAt = e, a.n
	}
}

// says is a turn with text only.
func (a *agent) says(text string) { a.turn(text) }

func (a *agent) turn(text string, tools ...string) {
	a.n++
	a.place.At = a.place.At.Add(a.pace)
	a.note(a.w.Answer(loop.Answer{Place: a.place, ID: fmt.Sprint(a.place.Session, a.place.Conversation, "c", a.n), Text: text, Tools: tools, Status: 200, Tokens: 8000, Cost: a.price}))
}

// does is a turn with one tool call that succeeds at once.
func (a *agent) does(tool, args, result string) {
	a.call(loop.Call{Tool: tool, Args: args, Result: result})
}

func (a *agent) fails(tool, args, result string) {
	a.call(loop.Call{Tool: tool, Args: args, Result: result, Failed: true})
}

func (a *agent) call(c loop.Call) {
	a.turn("", c.Tool+c.Args)
	a.place.At = a.place.At.Add(c.Duration)
	c.Place, c.ID, c.Seq = a.place, fmt.Sprint(a.place.Session, a.place.Conversation, "t", a.n), int64(a.n)
	a.note(a.w.Call(c))
}

func (a *agent) bash(command, out string) { a.does("bash", command2(command), out) }

func (a *agent) edit(file string, n int) {
	a.call(loop.Call{Tool: "edit", Args: fmt.Sprintf(`{"filePath":%q,"oldString":"a%d","newString":"b%d"}`, file, n, n), Result: "Edit applied successfully.", Moved: true})
}

func command2(c string) string { return fmt.Sprintf(`{"command":%q}`, c) }

// runaways are what has to be stopped: play is one round, by is the sign.
var runaways = map[string]struct {
	by   loop.Sign
	at   int // the round that is the last one
	play func(a *agent, i int)
}{
	"an answer without a finish reason":   {loop.SameAnswer, 6, func(a *agent, _ int) { a.says("half an answer") }},
	"a whole answer, over and over":       {loop.SameAnswer, 6, func(a *agent, _ int) { a.says("The function is done. All tests pass.") }},
	"answers of other words each time":    {loop.Unasked, 10, func(a *agent, i int) { a.says(fmt.Sprint("Done, in words of kind ", wordy(i))) }},
	"two answers in turn":                 {loop.Unasked, 10, func(a *agent, i int) { a.says([]string{"Yes.", "No."}[i%2]) }},
	"an empty stream":                     {loop.NoAnswer, 6, func(a *agent, _ int) { a.says("") }},
	"blanks":                              {loop.NoAnswer, 6, func(a *agent, i int) { a.says("  \n"[:1+i%2]) }},
	"the same read":                       {loop.SameCall, 6, func(a *agent, _ int) { a.does("read", `{"filePath":"add.go"}`, "package add") }},
	"the same read of a slow model":       {loop.SameCall, 6, func(a *agent, _ int) { a.pace = time.Minute; a.does("read", `{"filePath":"add.go"}`, "package add") }},
	"the same call, told otherwise":       {loop.SameCall, 6, func(a *agent, i int) { a.bash2("ls  -l", "a", fmt.Sprint("List, try ", wordy(i))) }},
	"the same test with the same failure": {loop.SameCall, 6, func(a *agent, i int) { a.testFails(i) }},
	"the same test with talk between":     {loop.SameCall, 6, func(a *agent, i int) { a.testFails(i); a.says("I will run it once more, " + wordy(i)) }},
	"two calls in turn":                   {loop.SameCall, 12, func(a *agent, i int) { a.does("read", fmt.Sprintf(`{"filePath":"%d.go"}`, i%2), "package add") }},
	"five calls in turn":                  {loop.SameCall, 30, func(a *agent, i int) { a.does("read", fmt.Sprintf(`{"filePath":"%d.go"}`, i%5), "package add") }},
	"an edit and its opposite":            {loop.SameCall, 20, func(a *agent, i int) { a.edit("a.go", i%2) }},
	"the clock":                           {loop.LikeCall, 10, func(a *agent, i int) { a.bash("date +%s", fmt.Sprint(1_764_000_000+i)) }},
	"a tool that does not exist": {loop.SameCall, 6, func(a *agent, _ int) {
		a.fails("invalid", `{"tool":"no_such_tool"}`, "Model tried to call unavailable tool")
	}},
	"edits that never match": {loop.SameError, 10, func(a *agent, i int) {
		a.fails("edit", fmt.Sprintf(`{"filePath":"a.go","oldString":"%s"}`, wordy(i)), "oldString not found in content")
	}},
	"a build that passes, for ever": {loop.SameCall, 10, func(a *agent, _ int) {
		a.call(loop.Call{Tool: "bash", Args: command2("go build ./..."), Duration: 31 * time.Second})
	}},
	"the same task for a sub-agent": {loop.SameCall, 6, func(a *agent, _ int) {
		a.call(loop.Call{Tool: "task", Args: `{"prompt":"look"}`, Result: "nothing", Failed: true, Duration: 20 * time.Second})
	}},
	"a script that moves the diff for ever": {loop.SameCall, 10, func(a *agent, _ int) { a.call(loop.Call{Tool: "bash", Args: command2("echo x >> log"), Moved: true}) }},
	"compaction after compaction":           {loop.Compactions, 4, func(a *agent, i int) { a.says("Summary " + wordy(i)); a.compacts() }},
	"compaction, and a look at the same":    {loop.Compactions, 5, func(a *agent, i int) { a.compacts(); a.does("read", `{"filePath":"a.go"}`, "package a") }},
	"the same request without a result":     {loop.SameAnswer, 10, func(a *agent, _ int) { a.turn("", `read {"filePath":"a"}`) }},
	"360 different calls in a minute": {loop.CallRate, 360, func(a *agent, i int) {
		a.pace = 100 * time.Millisecond
		a.does("read", fmt.Sprintf(`{"filePath":"%d.go"}`, i), wordy(i))
	}},
	"titles for ever":        {loop.CallRate, 360, func(a *agent, _ int) { a.pace = 100 * time.Millisecond; a.title() }},
	"failing calls for ever": {loop.CallRate, 360, func(a *agent, _ int) { a.pace = 100 * time.Millisecond; a.providerFails() }},
	"21 dollars in a minute": {loop.CostRate, 3, func(a *agent, i int) {
		a.price = 7_000_000
		a.does("read", fmt.Sprintf(`{"filePath":"%d.go"}`, i), wordy(i))
	}},
}

func (a *agent) bash2(command, out, description string) {
	a.does("bash", fmt.Sprintf(`{"command":%q,"description":%q,"timeout":%d}`, command, description, a.n), out)
}

func (a *agent) testFails(i int) {
	a.call(loop.Call{Tool: "bash", Args: command2("go test ./store -run TestPool32 -count=1"), Failed: true, Duration: time.Duration(31_000+i*100) * time.Millisecond,
		Result: fmt.Sprintf("--- FAIL: TestPool32 (30.%02ds)\n    pool_test.go:88: acquire: context deadline exceeded, 32 of 32 in use\nFAIL\torchestrator/store\t31.0%02ds", i, i)})
}

func (a *agent) compacts() {
	a.n++
	a.note(a.w.Compaction(loop.Compaction{Place: a.place, ID: fmt.Sprint("k", a.n)}))
}

func (a *agent) title() {
	a.n++
	a.place.At = a.place.At.Add(a.pace)
	a.note(a.w.Answer(loop.Answer{Place: a.place, ID: fmt.Sprint("t", a.n), Text: "A title", Title: true, Status: 200}))
}

func (a *agent) providerFails() {
	a.n++
	a.place.At = a.place.At.Add(a.pace)
	a.note(a.w.Answer(loop.Answer{Place: a.place, ID: fmt.Sprint("f", a.n), Status: 502}))
}

// wordy is another word for each number, without digits.
func wordy(i int) string {
	s := ""
	for ; ; i /= 26 {
		s += string(rune('a' + i%26))
		if i < 26 {
			return s + "."
		}
	}
}

func TestRunawaysAreStopped(t *testing.T) {
	t.Parallel()
	for name, r := range runaways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAgent(t)
			round := 0
			for ; a.why == nil && round < 1000; round++ {
				r.play(a, round)
			}
			if a.why == nil {
				t.Fatal("not stopped after 1,000 rounds")
			}
			if a.why.Sign != r.by || round != r.at {
				t.Errorf("stopped in round %d by %s, not in round %d by %s: %s", round, a.why.Sign, r.at, r.by, a.why.Sentence())
			}
			if a.why.Count < a.why.Limit || len(a.why.Signs) == 0 || len(a.why.Turns) == 0 || a.why.Session != "s" {
				t.Errorf("evidence %+v", a.why)
			}
		})
	}
}
