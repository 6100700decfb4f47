package remote

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

var me = client.Me{User: client.MeUser{Name: "Ann"}, Tenant: client.MeTenant{Slug: "acme"}, Role: "lead"}

// The token is stored for its owner alone, is sent to the address that it belongs to, and to no other.
func TestLoginStoresTheTokenForOneAddress(t *testing.T) {
	t.Parallel()
	f, other, m := newFake(t), newFake(t), newMachine(t)
	f.set("GET /me", me)
	if r := m.run(t.Context(), "orc_secret\n", "login", "--address", f.URL+"/"); r.code != 0 || !strings.Contains(r.out, "as Ann: lead of the team acme") || strings.Contains(r.out+r.err, "orc_secret") {
		t.Fatalf("%+v", r)
	}
	file := filepath.Join(m["HOME"], ".config", "orchestrator", "login.json")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the login has %v, %v", info, err)
	}
	if r := m.run(t.Context(), "", "team", "show"); r.code != 0 || !strings.Contains(r.out, "acme") {
		t.Errorf("%+v", r)
	}
	if r := m.run(t.Context(), "", "team", "show", "--address", other.URL); r.code != exitNoLogin || len(other.sent()) != 0 {
		t.Errorf("another address: %+v, and it received %q", r, other.tokens)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := m.run(t.Context(), "", "team", "show"); r.code != exitFailed || !strings.Contains(r.err, "chmod go-rwx") {
		t.Errorf("a login that others can read: %+v", r)
	}
	if r := m.run(t.Context(), "", "logout"); r.code != 0 {
		t.Errorf("%+v", r)
	}
	if r := m.run(t.Context(), "", "team", "show"); r.code != exitNoLogin || !strings.Contains(r.err, "orchestrator login --address") {
		t.Errorf("after signing out: %+v", r)
	}
}

func TestLoginRefuses(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for args, says := range map[string]string{
		"login": "Enter the server's URL",
		"login --address http://orchestrator.example.org":     "--plain-http",
		"login --address https://orchestrator.example.org/t/": "URL without a path",
		"login --address http://127.0.0.1:1":                  "cannot be reached",
	} {
		if r := m.run(t.Context(), "orc_secret\n", strings.Fields(args)...); r.code == 0 || !strings.Contains(r.err, says) {
			t.Errorf("%s: %+v", args, r)
		}
	}
	if r := m.run(t.Context(), "", "login", "--address", "https://orchestrator.example.org"); r.code != exitUsage || !strings.Contains(r.err, "no token on standard input") {
		t.Errorf("without a token: %+v", r)
	}
	if _, err := os.Stat(filepath.Join(m["HOME"], ".config")); err == nil {
		t.Error("something was stored")
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	if r := f.to(t, "session", "show", sessionID); r.code != exitFailed || r.err != "Nothing at this path is visible to this token.\n" {
		t.Errorf("%+v", r)
	}
	if r := f.to(t, "session", "fly"); r.code != exitUsage || !strings.Contains(r.err, "orchestrator session --help") {
		t.Errorf("%+v", r)
	}
	if r := f.on(t).run(t.Context(), "", "session", "list", "--address", "http://127.0.0.1:1"); r.code != exitNoServer {
		t.Errorf("%+v", r)
	}
	if r := f.on(t).run(t.Context(), "", "session", "--help"); r.code != 0 || strings.Contains(r.out, "--data") || !strings.Contains(r.out, "follow") {
		t.Errorf("the help of remote commands: %+v", r)
	}
}

// What agents and other people wrote cannot act on the terminal, and nothing of it is lost.
func TestTextOfOthersIsHarmless(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain ünïcode → ok":      "plain ünïcode → ok",
		"\x1b[2J\x1b]0;title\x07": `\x1b[2J\x1b]0;title\a`,
		"a\u202eb":                `a\u202eb`,
		"one\r\x1b[Atwo":          `one\r\x1b[Atwo`,
		"\u009b31m":               `\u009b31m`,
	} {
		if got := safeLines(text); got != want {
			t.Errorf("%q is printed as %q", text, got)
		}
	}
	if got := safe("two\nlines"); got != `two\nlines` {
		t.Errorf("in one line: %q", got)
	}
	f, v := newFake(t), aSession("running", 3)
	v.Title, v.Doing, v.CreatedBy.Name = "x\x1b[2Jy", "\x1b]52;c;aGk=\x07", "A\u202en"
	f.set("GET /sessions", client.SessionPage{Items: []client.SessionRow{v.SessionRow}})
	f.set("GET /sessions/"+sessionID, v)
	for _, args := range []string{"session list", "session show " + sessionID} {
		if r := f.to(t, strings.Fields(args)...); r.code != 0 || strings.ContainsAny(r.out, "\x1b\x07\u202e") {
			t.Errorf("%s: %+v", args, r)
		}
	}
}

var longCommand = "go test ./... && " + strings.Repeat("echo a very long command; ", 40) + "rm -rf /important"

// transcriptOf is a session with something of everything that a person reads.
func transcriptOf(f *fake) {
	v := aSession("completed", 12)
	f.set("GET /sessions/"+sessionID, v)
	f.set("GET /sessions/"+sessionID+"/permissions", `{"items":[]}`)
	f.set("GET /sessions/"+sessionID+"/events", stream(
		`session.state {"from":"queued","to":"running"}`,
		`session.note {"text":"Greet people.\nPolitely."}`,
		`agent.reasoning {"text":"The file says goodbye."}`,
		`agent.message {"text":"I change the greeting.\u001b[2J"}`,
		`agent.tool {"tool":"bash","status":"running","input":{"command":"sh test.sh"}}`,
		`agent.tool {"tool":"bash","status":"completed","input":{"command":"sh test.sh"},"output":"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n","exit":1}`,
		`agent.permission {"ask_id":"a1","status":"asked","permission":"bash","patterns":["x"]}`,
		`agent.permission {"ask_id":"a1","status":"answered","reply":"once"}`,
		`agent.patch {"files":["greeting.txt"]}`,
		`agent.error {"message":"The model refused."}`,
		`session.checks {"passed":1,"failed":1}`,
		`session.state {"from":"running","to":"completed"}`))
}

func TestFollowReadsLikeATerminal(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	transcriptOf(f)
	r := f.to(t, "session", "follow", sessionID)
	if r.code != 0 {
		t.Fatalf("%+v", r)
	}
	golden(t, "follow.txt", r.out+"\n[standard error]\n"+r.err)
	if lines := strings.Split(strings.TrimSpace(f.to(t, "session", "follow", sessionID, "--json").out), "\n"); len(lines) != 12 || !strings.HasPrefix(lines[3], `{"actor":`) {
		t.Errorf("as JSON: %q", lines)
	}
}

// The command that an approval allows is shown whole, whatever its length, and without acting on the terminal.
func TestAnApprovalShowsTheExactCommand(t *testing.T) {
	t.Parallel()
	f, v := newFake(t), aSession("running", 1)
	v.WaitingFor = "approval"
	f.set("GET /sessions/"+sessionID, v)
	f.set("GET /sessions/"+sessionID+"/permissions", map[string]any{"items": []client.Ask{{ID: "ask-1", Kind: "approval", Permission: "bash", Patterns: []string{"go test *"}, Always: []string{"go *"},
		Metadata: []byte(`{"command":"` + longCommand + `\u001b[1A\nhidden"}`)}}})
	r := f.to(t, "session", "answer", sessionID)
	if r.code != 0 || !strings.Contains(r.out, longCommand+`\x1b[1A`+"\n  hidden") || !strings.Contains(r.out, "deletes without asking") ||
		!strings.Contains(r.out, "orchestrator session answer "+sessionID+" ask-1 --once") || strings.Contains(r.out, "\x1b") {
		t.Errorf("%+v", r)
	}
	f.set("POST /sessions/"+sessionID+"/permissions/ask-1", "")
	if r := f.to(t, "session", "answer", sessionID, "ask-1", "--always", "--message", "go on"); r.code != 0 {
		t.Errorf("%+v", r)
	}
	if sent := f.sent(); sent[len(sent)-1] != "POST /sessions/"+sessionID+`/permissions/ask-1 {"message":"go on","reply":"always"}` {
		t.Errorf("it sent %s", sent[len(sent)-1])
	}
}

func TestRunWaits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status string
		checks string
		code   int
	}{
		{"completed", `[{"command":"sh test.sh","passed":true,"verdict":"passed","attempt":1}]`, exitOK},
		{"completed", `[]`, exitOK},
		{"completed", `[{"command":"sh test.sh","passed":false,"verdict":"failed","attempt":1}]`, exitChecks},
		{"completed", `[{"command":"sh test.sh","passed":false,"verdict":"not_run","attempt":1}]`, exitChecks},
		{"failed", `[]`, exitNotDone},
		{"partially_completed", `[]`, exitNotDone},
		{"stopped", `[]`, exitNotDone},
	} {
		f := newFake(t)
		f.set("GET /model-providers", `{"items":[{"name":"script","models":[{"id":"scripted"}]}]}`)
		f.set("POST /sessions", aSession("queued", 1))
		f.set("GET /sessions/"+sessionID, aSession(c.status, 2))
		f.set("GET /sessions/"+sessionID+"/checks", `{"items":`+c.checks+`}`)
		f.set("GET /sessions/"+sessionID+"/events", stream(`session.state {"to":"queued"}`, `session.state {"to":"`+c.status+`"}`))
		if r := f.to(t, "session", "run", "Greet people.", "--wait"); r.code != c.code {
			t.Errorf("%s, checks %s: %+v", c.status, c.checks, r)
		}
	}
}

// Ctrl-C leaves the session alone and names the command that continues where it was.
func TestInterruptDetaches(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.set("GET /sessions/"+sessionID, aSession("running", 9))
	f.set("GET /sessions/"+sessionID+"/events", stream(`session.state {"to":"running"}`, `agent.message {"text":"hello"}`))
	ctx, interrupt := context.WithCancel(t.Context())
	m := f.on(t)
	out := writerFunc(func(p []byte) (int, error) {
		if strings.Contains(string(p), "hello") {
			interrupt()
		}
		return len(p), nil
	})
	var err strings.Builder
	code := Run(ctx, []string{"session", "follow", sessionID, "--address", f.URL}, Options{Streams: Streams{strings.NewReader(""), out, &err}, Getenv: func(n string) string { return m[n] }})
	if code != exitInterrupted || !strings.Contains(err.String(), "orchestrator session follow "+sessionID+" --after 2") {
		t.Errorf("code %d, %q", code, err.String())
	}
	for _, r := range f.sent() {
		if strings.HasPrefix(r, "POST") {
			t.Errorf("it sent %s", r)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestShortIDs(t *testing.T) {
	t.Parallel()
	f, v := newFake(t), aSession("running", 1)
	f.set("GET /sessions/"+sessionID, v)
	f.set("GET /sessions", client.SessionPage{Items: []client.SessionRow{v.SessionRow, {ID: "02222222-0000-7000-8000-000000000001"}}})
	if r := f.to(t, "session", "show", "0190"); r.code != 0 || !strings.Contains(r.out, sessionID) {
		t.Errorf("%+v", r)
	}
	if r := f.to(t, "session", "show", "0"); r.code != exitFailed || !strings.Contains(r.err, "several sessions") {
		t.Errorf("%+v", r)
	}
	if r := f.to(t, "session", "show", "ff"); r.code != exitFailed || !strings.Contains(r.err, "no session of the team") {
		t.Errorf("%+v", r)
	}
}

// The bash script offers what comes next, also after an ID, and flags of the command.
func TestCompletion(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if r := m.run(t.Context(), "", "completion", shell); r.code != 0 || !strings.Contains(r.out, "follow") || strings.Contains(r.out, " -a  ") {
			t.Errorf("%s: %+v", shell, r)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	script := m.run(t.Context(), "", "completion", "bash").out
	for line, want := range map[string]string{"": "session", "session fo": "follow", "session follow 0190 --af": "--after", "repo list --js": "--json",
		"session ta": "take", "session take 0190 --pu": "--push", "session take 0190 --pull-request --no": "--no-draft", "session pull-request re": "ready", "session pr cl": "close",
		"session checkpoint cr": "create", "repo forge we": "webhook", "repo merge-queue x --re": "--release", "merge": "merge-queue", "merge-queue mo": "move", "merge-queue move 0190 fi": "first", "completion zs": "zsh", "merge-queue hold 0190 --rea": "--reason",
		"agent ro": "route", "agent edit x --perm": "--permission", "agent tier x pr": "premium", "session run x --opencode": "--opencode-agent", "session feedback 0190 do": "down"} {
		words := strings.Split("orchestrator "+line, " ")
		test := script + "\nCOMP_WORDS=(" + strings.Join(words[:len(words)-1], " ") + " \"" + words[len(words)-1] + "\"); COMP_CWORD=" + string(rune('0'+len(words)-1)) + "; _orchestrator; echo \"${COMPREPLY[@]}\""
		got, err := exec.Command(bash, "-c", test).CombinedOutput()
		if err != nil || !strings.Contains(" "+strings.TrimSpace(string(got))+" ", " "+want+" ") {
			t.Errorf("after %q bash offers %s, %v", line, got, err)
		}
	}
}
