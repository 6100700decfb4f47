package sandbox_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

const binVar = "ORCHESTRATOR_OPENCODE_BIN"

// TestRealOpenCodeWorksInTheSandbox starts the real server in the first domain and runs its bash tool in the second.
func TestRealOpenCodeWorksInTheSandbox(t *testing.T) {
	t.Parallel()
	bin := os.Getenv(binVar)
	if bin == "" && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not set", binVar)
	} else if bin == "" {
		t.Skipf("%s is not set", binVar)
	}
	h := newHouse(t)
	w := how{namespaces: true}
	if sandbox.Probe().Users {
		w.user = anyUser()
	}
	protected := w.protected()
	o := startOpenCode(t, h, w, bin)
	contains(t, o.call(t, "GET", "/global/health", ""), `"healthy":true`)
	var made struct{ ID string }
	must(t, json.Unmarshal([]byte(o.call(t, "POST", "/session?directory="+h.tree, `{"title":"t"}`)), &made))
	run := func(script string) string {
		body, err := json.Marshal(map[string]string{"agent": "build", "command": h.facts() + script})
		must(t, err)
		return toolOutput(t, o.call(t, "POST", "/session/"+made.ID+"/shell", string(body)))
	}
	contains(t, run(`echo hello > made-by-agent && cat made-by-agent && pwd`), "hello\n"+h.tree)
	for _, a := range attacks {
		if !protected[a.attack] {
			continue
		}
		if out := run(a.script); strings.Contains(out, "BREACH") || strings.Contains(out, secret) {
			t.Errorf("%s: the attack succeeded: %s", a.name, out)
		}
	}
}

// TestGitOfOpenCodeCannotRunProgramsInItsDomain: the shell can write git's configuration, which names a program that git runs when OpenCode
// asks it what has changed.
func TestGitOfOpenCodeCannotRunProgramsInItsDomain(t *testing.T) {
	t.Parallel()
	bin := os.Getenv(binVar)
	if bin == "" && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not set", binVar)
	} else if bin == "" {
		t.Skipf("%s is not set", binVar)
	}
	h := newHouse(t)
	w := how{namespaces: true}
	if sandbox.Probe().Users {
		w.user = anyUser()
	}
	o := startOpenCode(t, h, w, bin)
	out, err := h.inShell(t, w, `git init -q . && git config user.name a && git config user.email a@b && echo one > a.txt && git add . && git commit -qm one
printf '#!/bin/bash\n{ echo ran; ls '$ROOT'/teams/a/sessions/s1/home; cat /proc/[0-9]*/environ | tr "\\0" "\\n"; } > '$TREE'/seen 2>&1; cat\n' > evil && chmod +x evil
git config filter.x.clean ./evil && echo '*.txt filter=x' > .gitattributes && echo two > a.txt && touch -d tomorrow a.txt`)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	status := o.call(t, "GET", "/vcs/status?directory="+h.tree, "")
	contains(t, status, "a.txt")
	seen, err := os.ReadFile(filepath.Join(h.tree, "seen"))
	must(t, err)
	contains(t, string(seen), "ran")
	if strings.Contains(string(seen), secret) || strings.Contains(string(seen), "models.json") {
		t.Errorf("the filter saw %s", seen)
	}
}

// toolOutput is what the bash tool printed.
func toolOutput(t *testing.T, message string) string {
	t.Helper()
	var m struct {
		Parts []struct {
			State struct{ Status, Output string }
		}
	}
	must(t, json.Unmarshal([]byte(message), &m))
	if len(m.Parts) != 1 || m.Parts[0].State.Status != "completed" {
		t.Fatalf("the tool did not run: %s", message)
	}
	return m.Parts[0].State.Output
}

// openCode is a server that runs in the first domain.
type openCode struct{ url string }

func startOpenCode(t *testing.T, h *house, w how, bin string) openCode {
	t.Helper()
	port := freePort(t)
	home := h.home()
	models := filepath.Join(home, "models.json")
	must(t, os.WriteFile(models, []byte("{}"), 0o600))
	config := filepath.Join(home, "config", "opencode")
	must(t, os.MkdirAll(filepath.Join(config, "node_modules"), 0o700))
	must(t, os.WriteFile(filepath.Join(config, "package-lock.json"), []byte(
		`{"name":"opencode","lockfileVersion":3,"packages":{"":{"dependencies":{"@opencode-ai/plugin":"1.18.33"}}}}`), 0o600))
	spec := h.spec(t, w, bin, "serve", "--port", fmt.Sprint(port), "--hostname", "127.0.0.1")
	spec.ReadOnly = append(spec.ReadOnly, filepath.Dir(bin))
	spec.BindTCP, spec.ConnectTCP = []uint16{port}, append(spec.ConnectTCP, port)
	shell, err := spec.Shell.Environ(h.shell)
	must(t, err)
	spec.Env = append([]string{"PATH=" + os.Getenv("PATH")}, shell...)
	spec.Env = append(spec.Env, "HOME="+home, "TMPDIR="+home, "GIT_CONFIG_NOSYSTEM=1",
		"XDG_DATA_HOME="+home+"/data", "XDG_CONFIG_HOME="+home+"/config", "XDG_CACHE_HOME="+home+"/cache", "XDG_STATE_HOME="+home+"/state",
		"OPENCODE_SERVER_PASSWORD="+secret, "OPENCODE_DISABLE_MODELS_FETCH=1", "OPENCODE_MODELS_PATH="+models, "OPENCODE_DISABLE_AUTOUPDATE=1",
		"OPENCODE_DISABLE_LSP_DOWNLOAD=1", "OPENCODE_DISABLE_DEFAULT_PLUGINS=1", "OPENCODE_DISABLE_CLAUDE_CODE=1", "OPENCODE_DISABLE_SHARE=1",
		"OPENCODE_DISABLE_EMBEDDED_WEB_UI=1", "OPENCODE_DISABLE_PROJECT_CONFIG=1",
		`OPENCODE_CONFIG_CONTENT={"autoupdate":false,"share":"disabled","enabled_providers":["fake"],"model":"fake/scripted","provider":{"fake":{`+
			`"npm":"@ai-sdk/openai-compatible","options":{"baseURL":"http://127.0.0.1:1/v1","apiKey":"none"},"models":{"scripted":{"name":"S"}}}}}`)
	h.handOver(t, w)
	cmd, err := sandbox.Command(t.Context(), spec)
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	must(t, cmd.Start())
	t.Cleanup(func() {
		must(t, sandbox.KillGroup(cmd.Process.Pid, ""))
		_ = cmd.Wait()
	})
	listening := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "listening on") {
				listening <- true
			}
		}
		close(listening)
	}()
	select {
	case ok := <-listening:
		if !ok {
			t.Fatalf("OpenCode ended: %s", errors.String())
		}
	case <-time.After(120 * time.Second):
		t.Fatal("OpenCode does not listen")
	}
	return openCode{url: fmt.Sprintf("http://127.0.0.1:%d", port)}
}

// freePort is free now; OpenCode cannot be told to take any.
func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return uint16(l.Addr().(*net.TCPAddr).Port)
}

func (o openCode) call(t *testing.T, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, o.url+path, strings.NewReader(body))
	must(t, err)
	req.SetBasicAuth("opencode", secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s: %s", method, path, res.Status, text)
	}
	return string(text)
}
