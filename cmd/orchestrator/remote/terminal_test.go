package remote

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// terminal is a person at a pseudo-terminal, in which a command runs.
type terminal struct {
	t      *testing.T
	keys   *os.File // what the person types and sees
	done   chan int
	mu     sync.Mutex
	screen strings.Builder
	grown  chan struct{}
	read   int // how much of the screen the person has read
}

// at runs a command against the fake at a terminal of 80 columns.
func (f *fake) at(t *testing.T, ctx context.Context, args ...string) *terminal {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("this machine has no pseudo-terminals: %v", err)
	}
	if err := pty.Setsize(keys, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	p := &terminal{t: t, keys: keys, done: make(chan int, 1), grown: make(chan struct{}, 1)}
	t.Cleanup(func() { _, _ = keys.Close(), tty.Close() })
	m := f.on(t)
	go p.watch()
	go func() {
		p.done <- Run(ctx, append(args, "--address", f.URL), Options{Streams: Streams{tty, tty, tty}, Getenv: func(n string) string { return m[n] }})
	}()
	return p
}

// watch collects what the terminal shows.
func (p *terminal) watch() {
	b := make([]byte, 4096)
	for {
		n, err := p.keys.Read(b)
		p.mu.Lock()
		p.screen.Write(b[:n])
		p.mu.Unlock()
		select {
		case p.grown <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// patience is how long a busy machine can take for one step.
const patience = time.Minute

// sees waits until a text appears after what the person has read already, and returns everything up to it.
func (p *terminal) sees(text string) string {
	p.t.Helper()
	for late := time.After(patience); ; {
		p.mu.Lock()
		shown := p.screen.String()[p.read:]
		if i := strings.Index(shown, text); i >= 0 {
			p.read += i + len(text)
			p.mu.Unlock()
			return shown[:i+len(text)]
		}
		p.mu.Unlock()
		select {
		case <-p.grown:
		case <-late:
			p.t.Fatalf("the terminal does not show %q, but:\n%s", text, shown)
		}
	}
}

// types sends keys.
func (p *terminal) types(keys string) {
	p.t.Helper()
	if _, err := p.keys.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the exit code.
func (p *terminal) ends(code int) {
	p.t.Helper()
	select {
	case got := <-p.done:
		if got != code {
			p.t.Errorf("exit %d, not %d", got, code)
		}
	case <-time.After(patience):
		p.mu.Lock()
		defer p.mu.Unlock()
		p.t.Fatalf("the command does not end. The terminal shows:\n%s", p.screen.String())
	}
}

const prompt = "or Enter to leave it open: "

// waiting is a fake whose session requests an approval and is completed afterwards.
func waiting(t *testing.T, asks ...client.Ask) *fake {
	t.Helper()
	f := newFake(t)
	f.set("GET "+sessionPath, aSession("completed", 2))
	f.set("GET "+sessionPath+"/permissions", map[string]any{"items": asks})
	f.set("GET "+sessionPath+"/events", stream(fmt.Sprintf(`agent.%s {"ask_id":"ask-1","status":"asked"}`, map[bool]string{true: "question", false: "permission"}[asks[0].Kind == "question"]),
		`session.state {"from":"running","to":"completed"}`))
	f.set("POST "+sessionPath+"/permissions/ask-1", "")
	return f
}

// bash is an approval for a command that is longer than the screen and would hide its end if a terminal acted on it.
var bash = client.Ask{ID: "ask-1", Kind: "approval", Permission: "bash", Patterns: []string{"go test *"}, Always: []string{"go *"}, Metadata: []byte(`{"command":"` + longCommand + `\u001b[1A\u001b[2Khidden"}`)}

var answerRequest = "POST " + sessionPath + "/permissions/ask-1 "

func (f *fake) answersSent() (all []string) {
	for _, r := range f.sent() {
		if body, ok := strings.CutPrefix(r, answerRequest); ok {
			all = append(all, body)
		}
	}
	return all
}

// The person reads the whole command before the prompt, and a line that is no answer is not taken for one.
func TestAPersonAnswersInline(t *testing.T) {
	t.Parallel()
	for keys, reply := range map[string]string{"o": "once", "S": "always", " deny ": "reject"} {
		f := waiting(t, bash)
		p := f.at(t, t.Context(), "session", "follow", sessionID)
		shown := p.sees(prompt)
		if !strings.Contains(shown, "  "+longCommand+`\x1b[1A\x1b[2Khidden`+"\r\n") || !strings.Contains(shown, "This command deletes without asking") || !strings.Contains(shown, "covers: go *") {
			t.Errorf("the terminal shows %q", shown)
		}
		p.types("yes\n")
		p.sees(prompt)
		if got := f.answersSent(); len(got) != 0 {
			t.Errorf("a wrong line sent %s", got)
		}
		p.types(keys + "\n")
		p.sees("— completed")
		p.ends(exitOK)
		if got := f.answersSent(); fmt.Sprint(got) != `[{"reply":"`+reply+`"}]` {
			t.Errorf("%q sent %s", keys, got)
		}
	}
}

func TestAPersonLeavesAnApprovalOpen(t *testing.T) {
	t.Parallel()
	f := waiting(t, bash)
	for _, keys := range []string{"\n", "\x04"} { // Enter, Ctrl-D
		p := f.at(t, t.Context(), "session", "follow", sessionID)
		p.sees(prompt)
		p.types(keys)
		p.sees("orchestrator session answer " + sessionID + " ask-1 --once, --always or --deny")
		p.ends(exitOK)
	}
	if got := f.answersSent(); len(got) != 0 {
		t.Errorf("it sent %s", got)
	}
}

func TestAPersonAnswersQuestionsInline(t *testing.T) {
	t.Parallel()
	f := waiting(t, client.Ask{ID: "ask-1", Kind: "question", Questions: []byte(`[{"question":"Which file?","options":[{"label":"a.go","description":"old"},{"label":"b.go"}]},{"question":"Why?"}]`)})
	p := f.at(t, t.Context(), "session", "follow", sessionID)
	if shown := p.sees("leaves it open): "); !strings.Contains(shown, "  2  b.go") {
		t.Errorf("the terminal shows %q", shown)
	}
	p.types("2\n")
	p.sees("leaves it open): ")
	p.types("It is newer.\n")
	p.ends(exitOK)
	if got := f.answersSent(); fmt.Sprint(got) != `[{"answers":[["b.go"],["It is newer."]],"reply":"answered"}]` {
		t.Errorf("it sent %s", got)
	}
}

// Keys that were pressed before the command was shown allow nothing.
func TestKeysBeforeThePromptAreNoAnswer(t *testing.T) {
	t.Parallel()
	f, typed := waiting(t, bash), make(chan struct{})
	f.before = func(r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/permissions") {
			<-typed
		}
	}
	p := f.at(t, t.Context(), "session", "follow", sessionID)
	p.types("o\n")
	p.sees("o\r\n") // the terminal's echo: the keys have arrived
	close(typed)
	p.sees(prompt)
	p.types("d\n")
	p.ends(exitOK)
	if got := f.answersSent(); fmt.Sprint(got) != `[{"reply":"reject"}]` {
		t.Errorf("it sent %s", got)
	}
}

// Ctrl-C, which ends the context, detaches from a prompt, too.
func TestInterruptAtThePromptDetaches(t *testing.T) {
	t.Parallel()
	f := waiting(t, bash)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	p := f.at(t, ctx, "session", "follow", sessionID)
	p.sees(prompt)
	interrupt()
	p.sees("Detached.")
	p.ends(exitInterrupted)
	if got := f.answersSent(); len(got) != 0 {
		t.Errorf("it sent %s", got)
	}
}

// When somebody else answers, the prompt ends by itself and the transcript continues.
func TestThePromptEndsWhenSomebodyElseAnswers(t *testing.T) {
	t.Parallel()
	for _, how := range []string{`agent.permission {"ask_id":"ask-1","status":"replied","reply":"once"}`, `session.state {"from":"running","to":"paused"}`} {
		f, answered := waiting(t, bash), make(chan struct{})
		var streams int
		f.before = func(r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/events") {
				return
			}
			f.mu.Lock()
			streams++
			second := streams == 2
			f.mu.Unlock()
			if second { // the prompt's own stream
				<-answered
			}
		}
		f.set("GET "+sessionPath+"/events", stream(`agent.permission {"ask_id":"ask-1","status":"asked"}`, how, `session.state {"from":"running","to":"completed"}`))
		f.set("GET "+sessionPath, aSession("completed", 3))
		p := f.at(t, t.Context(), "session", "follow", sessionID)
		p.sees(prompt)
		f.set("GET "+sessionPath+"/permissions", `{"items":[]}`)
		close(answered)
		p.sees("no longer waits for this answer")
		p.sees("— completed")
		p.ends(exitOK)
	}
	f := waiting(t, bash)
	f.refuse(answerRequest[:len(answerRequest)-1], 409, "Ben has answered this already.")
	p := f.at(t, t.Context(), "session", "follow", sessionID)
	p.sees(prompt)
	p.types("o\n")
	p.sees("Ben has answered this already.")
	p.ends(exitOK)
}
