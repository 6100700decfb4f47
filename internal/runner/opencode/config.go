package opencode

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// DefaultPermission is the policy of a team that set none: read and search, edit inside the tree, look at git; all other
// commands and the web are asked for, what lies outside is refused. The last rule that matches wins, so its order counts.
var DefaultPermission = json.RawMessage(`{
  "*": "allow",
  "read": "allow", "glob": "allow", "grep": "allow", "list": "allow", "edit": "allow",
  "bash": {
    "*": "ask",
    "git status *": "allow", "git diff *": "allow", "git log *": "allow", "git show *": "allow",
    "ls *": "allow", "cat *": "allow", "pwd": "allow", "rg *": "allow", "grep *": "allow",
    "head *": "allow", "tail *": "allow", "wc *": "allow",
    "*>*": "ask", "*--output*": "ask", "*--ext-diff*": "ask", "*--textconv*": "ask", "rg *--pre*": "ask"
  },
  "webfetch": "ask", "websearch": "ask",
  "external_directory": "deny",
  "doom_loop": "ask",
  "question": "allow"
}`)

// keyVar holds the gateway's key in the process's environment, so that the config file has no secret.
const keyVar = "ORCHESTRATOR_GATEWAY_KEY"

const modelTimeout = 300_000 // milliseconds a model may be silent, before the answer and inside it

// object keeps JSON short to write.
type object = map[string]any

// encode is the config OpenCode reads.
func (c TeamConfig) encode() []byte {
	permission := c.Permission
	if len(permission) == 0 {
		permission = DefaultPermission
	}
	slugs, providers, first := []string{}, object{}, ""
	for _, p := range c.Providers {
		slugs = append(slugs, p.Slug)
		providers[p.Slug] = p.encode()
		if first == "" && len(p.Models) > 0 {
			first = p.Slug + "/" + p.Models[0].ID
		}
	}
	config := object{
		"$schema": "https://opencode.ai/config.json", "autoupdate": false, "share": "disabled", "snapshot": false, "lsp": false, "formatter": false,
		"enabled_providers": slugs, "provider": providers, "permission": permission,
	}
	if first != "" {
		config["model"], config["small_model"] = first, first
	}
	b, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		panic(err) // only a permission that is no JSON, which readConfig refuses
	}
	return b
}

func (p Provider) encode() object {
	models := object{}
	for _, m := range p.Models {
		models[m.ID] = m.encode()
	}
	return object{"npm": p.NPM, "name": p.Slug, "models": models, "options": object{
		"baseURL": p.BaseURL, "apiKey": "{env:" + keyVar + "}", "chunkTimeout": modelTimeout, "headerTimeout": modelTimeout,
	}}
}

// encode says prices in dollars per million tokens, as OpenCode counts.
func (m Model) encode() object {
	dollars := func(micro int64) float64 { return float64(micro) / 1e6 }
	return object{"name": m.ID, "tool_call": true, "limit": object{"context": m.Context, "output": m.Output}, "cost": object{
		"input": dollars(m.Input), "output": dollars(m.OutputPrice), "cache_read": dollars(m.Read), "cache_write": dollars(m.CacheWrite),
	}}
}

// rooms are the places of a team's process below its home.
type rooms struct {
	home string
	own  bool // what trees say about their agents counts
}

func (r rooms) config() string { return filepath.Join(r.home, "opencode.json") }
func (r rooms) models() string { return filepath.Join(r.home, "models.json") }
func (r rooms) cwd() string    { return filepath.Join(r.home, "empty") }

// output is what the process prints; a team may have two.
func (r rooms) output() string {
	if r.own {
		return filepath.Join(r.home, "output-own.log")
	}
	return filepath.Join(r.home, "output.log")
}
func (r rooms) xdg(name string) string { return filepath.Join(r.home, name) }

// pluginLock makes OpenCode believe that its plugin package is installed, else it asks the registry at every start.
const pluginLock = `{"name":"opencode","lockfileVersion":3,"packages":{"":{"dependencies":{"@opencode-ai/plugin":"%s"}}}}`

// prepare makes the rooms; files that are there already are written anew.
func (r rooms) prepare() error {
	plugins := filepath.Join(r.xdg("config"), "opencode")
	for _, dir := range []string{r.home, r.cwd(), r.xdg("data"), r.xdg("cache"), r.xdg("state"), r.xdg("tmp"), filepath.Join(plugins, "node_modules")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make OpenCode's home: %w", err)
		}
	}
	if err := r.put(r.models(), []byte("{}")); err != nil {
		return err
	}
	return r.put(filepath.Join(plugins, "package-lock.json"), fmt.Appendf(nil, pluginLock, MinimumVersion))
}

// put writes a file whole or not at all. OpenCode may write everything in its home: what it left at a name is replaced,
// never followed. The home is closed to others; in it, the file can be read by OpenCode's user, who may not be ours.
func (r rooms) put(path string, text []byte) error {
	root, err := os.OpenRoot(r.home)
	if err != nil {
		return fmt.Errorf("open OpenCode's home: %w", err)
	}
	defer root.Close()
	name, err := filepath.Rel(r.home, path)
	if err != nil {
		return err
	}
	fresh := name + ".new"
	err = root.RemoveAll(fresh)
	if err == nil {
		err = root.WriteFile(fresh, text, 0o600)
	}
	if err == nil {
		err = root.Chmod(fresh, 0o644)
	}
	if err == nil {
		err = root.Rename(fresh, name)
	}
	if err != nil {
		return fmt.Errorf("write %s in OpenCode's home: %w", name, err)
	}
	return nil
}

// open opens a file of the home, following no link that leads out of it.
func (r rooms) open(path string, flag int) (*os.File, error) {
	root, err := os.OpenRoot(r.home)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name, err := filepath.Rel(r.home, path)
	if err != nil {
		return nil, err
	}
	return root.OpenFile(name, flag, 0o600)
}

// read reads a file of the home, following no link that leads out of it.
func (r rooms) read(path string) ([]byte, error) {
	f, err := r.open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// environ is the whole environment of the process but for what its host adds. Nothing here reaches outside.
func (r rooms) environ(password, key, shell string) []string {
	env := []string{
		"HOME=" + r.home, "TMPDIR=" + r.xdg("tmp"), "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"XDG_DATA_HOME=" + r.xdg("data"), "XDG_CONFIG_HOME=" + r.xdg("config"), "XDG_CACHE_HOME=" + r.xdg("cache"), "XDG_STATE_HOME=" + r.xdg("state"),
		"OPENCODE_CONFIG=" + r.config(), "OPENCODE_MODELS_PATH=" + r.models(), "OPENCODE_SERVER_PASSWORD=" + password, keyVar + "=" + key,
	}
	for _, off := range []string{"MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "CLAUDE_CODE", "SHARE", "EMBEDDED_WEB_UI"} {
		env = append(env, "OPENCODE_DISABLE_"+off+"=1")
	}
	if !r.own {
		env = append(env, "OPENCODE_DISABLE_PROJECT_CONFIG=1")
	}
	if shell != "" {
		env = append(env, "SHELL="+shell)
	}
	return env
}

// writeConfig puts a config in place at once, so that OpenCode never reads half of it; changed says whether it is another.
func (r rooms) writeConfig(text []byte) (changed bool, err error) {
	if old, err := r.read(r.config()); err == nil && string(old) == string(text) {
		return false, nil
	}
	return true, r.put(r.config(), text)
}
