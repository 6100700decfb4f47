package loop_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/loop"
)

// alike are sessions that look like loops and are none.
var alike = map[string]func(a *agent){
	"twenty rounds of test and fix in one file": func(a *agent) {
		for i := range 20 {
			a.edit("pool.go", i)
			a.testFails(i)
		}
	},
	"twenty rounds whose fixes are written by sed": func(a *agent) {
		for i := range 20 {
			a.bash(fmt.Sprintf("sed -i s/a%d/b%d/ pool.go", i, i), "")
			a.testFails(i)
		}
	},
	"a poll every 30 seconds for 20 minutes": func(a *agent) {
		for range 40 {
			a.call(loop.Call{Tool: "bash", Args: command2("sleep 30 && curl -s localhost:8080/health"), Result: "starting", Duration: 30 * time.Second})
		}
	},
	"a poll that fails until the server is up": func(a *agent) {
		for range 40 {
			a.call(loop.Call{Tool: "bash", Args: command2("sleep 30; curl -s localhost:8080"), Result: "curl: (7) Failed to connect", Failed: true, Duration: 30 * time.Second})
		}
	},
	"a poll in two calls": func(a *agent) {
		for range 40 {
			a.call(loop.Call{Tool: "bash", Args: command2("sleep 30"), Duration: 30 * time.Second})
			a.fails("bash", command2("gh pr checks"), "pending")
		}
	},
	"a poll by a tool of an MCP server": func(a *agent) {
		for range 40 {
			a.call(loop.Call{Tool: "ci_wait_for_build", Args: `{"id":7}`, Result: "running", Duration: 30 * time.Second})
		}
	},
	"watching a workflow": func(a *agent) {
		for range 15 {
			a.call(loop.Call{Tool: "bash", Args: command2("gh run watch 12"), Result: "in progress", Duration: 2 * time.Minute})
		}
	},
	"the same git status between different edits": func(a *agent) {
		for i := range 40 {
			a.edit("a.go", i)
			a.bash("git status --short", " M a.go")
		}
	},
	"a refactoring of 300 turns": func(a *agent) {
		for i := range 100 {
			file := fmt.Sprintf("pkg/%d.go", i)
			a.does("read", fmt.Sprintf(`{"filePath":%q}`, file), "package pkg")
			a.edit(file, 0)
			a.bash("go build ./...", "")
		}
	},
	"300 turns at five a second": func(a *agent) {
		a.pace = 200 * time.Millisecond
		for i := range 300 {
			a.edit(fmt.Sprintf("pkg/%d.go", i), 0)
		}
	},
	"300 turns with the same sentence": func(a *agent) {
		for i := range 300 {
			a.turn("Next file.", fmt.Sprint("edit", i))
			a.w.Call(loop.Call{Place: a.place, ID: fmt.Sprint("x", i), Tool: "edit", Args: fmt.Sprintf(`{"filePath":"%d.go"}`, i), Result: "Edit applied successfully."})
		}
	},
	"a plan of 60 different reads that writes nothing": func(a *agent) {
		for i := range 60 {
			a.does("read", fmt.Sprintf(`{"filePath":"%d.go"}`, i), "package x")
		}
	},
	"a review of two hours that writes nothing": func(a *agent) {
		a.pace = time.Minute
		for i := range 120 {
			a.bash(fmt.Sprintf("git show HEAD~%d", i), "commit "+wordy(i))
		}
	},
	"one long file in pieces": func(a *agent) {
		for i := range 50 {
			a.does("read", fmt.Sprintf(`{"filePath":"big.go","offset":%d}`, i*200), "text of piece "+wordy(i))
		}
	},
	"pages by a call that is always the same": func(a *agent) {
		for i := range 30 {
			a.does("browser_next", `{}`, "page about "+wordy(i))
		}
	},
	"reading everything again after a compaction": func(a *agent) {
		for range 3 {
			for i := range 12 {
				a.does("read", fmt.Sprintf(`{"filePath":"%d.go"}`, i), "package x")
			}
			a.edit("a.go", a.n)
			a.compacts()
		}
	},
	"thirty compactions with work between": func(a *agent) {
		for i := range 30 {
			a.says("Summary: " + wordy(i))
			a.compacts()
			a.edit("a.go", i)
			a.bash("go vet ./...", "")
		}
	},
	"three compactions in a row": func(a *agent) {
		for range 3 {
			a.compacts()
		}
	},
	"the same command twice before every change": func(a *agent) {
		for i := range 30 {
			a.testFails(0)
			a.testFails(1)
			a.edit("a.go", i)
		}
	},
	"five tries of a flaky test": func(a *agent) {
		for range 5 {
			a.bash("go test -run TestFlaky ./...", "ok")
		}
	},
	"nine looks for files that do not exist": func(a *agent) {
		for i := range 9 {
			a.fails("read", fmt.Sprintf(`{"filePath":"%d.go"}`, i), "File not found")
		}
		a.does("read", `{"filePath":"found.go"}`, "package x")
	},
	"forty commands without any output": func(a *agent) {
		for i := range 40 {
			a.bash("mkdir -p dir/"+wordy(i), "")
		}
	},
	"forty greps that find nothing": func(a *agent) {
		for i := range 40 {
			a.does("grep", fmt.Sprintf(`{"pattern":%q}`, wordy(i)), "No files found")
		}
	},
	"tests whose number of failures falls": func(a *agent) {
		for i := range 30 {
			a.edit("a.go", i)
			a.fails("bash", command2("go test ./..."), fmt.Sprintf("FAIL: %d tests", 30-i))
		}
	},
	"a plan that is ticked off forty times": func(a *agent) {
		for i := range 40 {
			a.does("todowrite", `{"todos":[]}`, "[]")
			a.edit("a.go", i)
		}
	},
	"a person who asks forty times and hears the same": func(a *agent) {
		for range 40 {
			a.w.Forget("s")
			a.says("I do not know.")
		}
	},
	"a person who says go on after every five": func(a *agent) {
		for i := range 50 {
			if i%5 == 0 {
				a.w.Forget("s")
			}
			a.testFails(i)
		}
	},
	"eight sub-agents that all read the same first": func(a *agent) {
		for i := range 8 {
			child := a.in("s", fmt.Sprint("child", i))
			child.does("read", `{"filePath":"README.md"}`, "# Read me")
			child.does("bash", command2("git status"), "clean")
			child.does("grep", fmt.Sprintf(`{"pattern":%q}`, wordy(i)), "a match")
			child.says("Done.")
			a.note(child.why)
		}
	},
	"eight children of which each runs the same tests once": func(a *agent) {
		for i := range 8 {
			child := a.in(fmt.Sprint("child", i), "main")
			child.bash("go test ./...", "ok")
			child.edit("a.go", i)
			child.bash("go test ./...", "ok")
			a.note(child.why)
		}
	},
	"a provider that is down for ten minutes": func(a *agent) {
		a.pace = 15 * time.Second
		for range 40 {
			a.providerFails()
		}
	},
	"one call for 30 dollars": func(a *agent) {
		a.price = 30_000_000
		a.does("read", `{"filePath":"a.go"}`, "package a")
	},
	"an hour at 15 dollars a minute": func(a *agent) {
		a.pace, a.price = 12*time.Second, 3_000_000
		for i := range 300 {
			a.edit("a.go", i)
		}
	},
	"a migration by one script, step by step": func(a *agent) {
		for i := range 30 {
			a.call(loop.Call{Tool: "bash", Args: command2("./migrate-next.sh"), Result: "migrated " + wordy(i), Moved: true})
		}
	},
	"the same report delivered twenty times": func(a *agent) {
		for range 20 {
			a.w.Call(loop.Call{Place: a.place, ID: "one", Tool: "read", Args: `{}`, Result: "x"})
			a.note(a.w.Answer(loop.Answer{Place: a.place, ID: "one call", Text: "x", Status: 200}))
		}
	},
}

func TestLookAlikesAreNotStopped(t *testing.T) {
	t.Parallel()
	if len(alike) < 30 {
		t.Errorf("only %d look-alikes", len(alike))
	}
	for name, play := range alike {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAgent(t)
			if play(a); a.why != nil {
				t.Errorf("stopped in turn %d by %s: %s", a.tripAt, a.why.Sign, a.why.Sentence())
			}
		})
	}
}
