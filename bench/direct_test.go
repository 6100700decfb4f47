package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// direct is an OpenCode server that is used without the orchestrator.
type direct struct {
	b    *testing.B
	base string
	stop func()
}

// startDirect starts it with the same model, and without downloads, as the orchestrator does.
func startDirect(b *testing.B, modelURL string) *direct {
	b.Helper()
	home := b.TempDir()
	config := filepath.Join(home, "opencode.json")
	check(b, os.WriteFile(config, fmt.Appendf(nil, `{"autoupdate": false, "share": "disabled", "snapshot": false, "lsp": false, "formatter": false,
		"enabled_providers": ["script"], "model": "script/scripted", "small_model": "script/scripted", "provider": {"script": {"npm": "@ai-sdk/openai-compatible",
		"options": {"baseURL": %q, "apiKey": "none"}, "models": {"scripted": {"limit": {"context": 128000, "output": 8192}}}}}}`, modelURL), 0o600))
	models := filepath.Join(home, "models.json")
	check(b, os.WriteFile(models, []byte("{}"), 0o600))
	port := freePort(b)
	c := exec.CommandContext(b.Context(), openCode(b), "serve", "--hostname", "127.0.0.1", "--port", strconv.Itoa(port))
	c.Dir, c.SysProcAttr = home, dieWithParent()
	c.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "OPENCODE_CONFIG=" + config, "OPENCODE_MODELS_PATH=" + models}
	for _, off := range []string{"MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "CLAUDE_CODE", "SHARE", "EMBEDDED_WEB_UI", "PROJECT_CONFIG"} {
		c.Env = append(c.Env, "OPENCODE_DISABLE_"+off+"=1")
	}
	check(b, c.Start())
	d := &direct{b, "http://127.0.0.1:" + strconv.Itoa(port), sync.OnceFunc(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})}
	b.Cleanup(d.stop)
	d.await()
	return d
}

// await waits until the server responds. It sends new requests, because one that arrives during the start may never be answered.
func (d *direct) await() {
	d.b.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	patient := &http.Client{Timeout: time.Second}
	for range tick.C {
		if _, status, err := fetch(d.b.Context(), patient, d.base+"/global/health"); err == nil && status == http.StatusOK {
			return
		}
		check(d.b, d.b.Context().Err())
	}
}

func freePort(b *testing.B) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(b, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// open creates a conversation in a directory.
func (d *direct) open(dir string) (conversation string) {
	d.b.Helper()
	var s struct{ ID string }
	check(d.b, send(d.b.Context(), d.base+"/session?directory="+url.QueryEscape(dir), "", map[string]any{"title": "Answer"}, &s))
	return s.ID
}

// ask sends a prompt to a conversation.
func (d *direct) ask(dir, conversation, prompt string) {
	d.b.Helper()
	check(d.b, send(d.b.Context(), d.base+"/session/"+conversation+"/prompt_async?directory="+url.QueryEscape(dir), "", map[string]any{"agent": "build",
		"model": map[string]string{"providerID": "script", "modelID": "scripted"}, "parts": []any{map[string]string{"type": "text", "text": prompt}}}, nil))
}

// send posts JSON and decodes the response into out.
func send(ctx context.Context, address, token string, body, out any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return exchange(req, token, out)
}

// receive gets JSON and decodes it into out.
func receive(ctx context.Context, address, token string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return exchange(req, token, out)
}

func exchange(req *http.Request, token string, out any) error {
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: status %d", req.Method, req.URL, res.StatusCode)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}
