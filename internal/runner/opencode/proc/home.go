package proc

import (
	"fmt"
	"os"
	"path/filepath"
)

// home is the directory of a session's process, with its places.
type home struct{ dir string }

// home is empty for an agent whose process has no directory: a server that tests stand in for one.
func (a *Agent) home() home {
	if a.opts.Home == nil {
		return home{}
	}
	return home{a.opts.Home(a.key)}
}

func (h home) config() string { return filepath.Join(h.dir, "opencode.json") }
func (h home) models() string { return filepath.Join(h.dir, "models.json") }
func (h home) cwd() string    { return filepath.Join(h.dir, "empty") }

// output is what the process prints.
func (h home) output() string         { return filepath.Join(h.dir, "output.log") }
func (h home) xdg(name string) string { return filepath.Join(h.dir, name) }

// pluginLock makes OpenCode believe that its plugin package is installed, else it asks the registry at every start.
const pluginLock = `{"name":"opencode","lockfileVersion":3,"packages":{"":{"dependencies":{"@opencode-ai/plugin":"%s"}}}}`

// prepare makes the places; existing files are overwritten.
func (h home) prepare() error {
	plugins := filepath.Join(h.xdg("config"), "opencode")
	for _, dir := range []string{h.dir, h.cwd(), h.xdg("data"), h.xdg("cache"), h.xdg("state"), h.xdg("tmp"), filepath.Join(plugins, "node_modules")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create OpenCode's home: %w", err)
		}
	}
	if err := h.put(h.models(), []byte("{}")); err != nil {
		return err
	}
	return h.put(filepath.Join(plugins, "package-lock.json"), fmt.Appendf(nil, pluginLock, MinimumVersion))
}

// environ is the whole environment of the process but for what its host adds. Nothing here reaches outside.
func (h home) environ(password, key, shell string, ownConfig bool) []string {
	env := []string{
		"HOME=" + h.dir, "TMPDIR=" + h.xdg("tmp"), "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"XDG_DATA_HOME=" + h.xdg("data"), "XDG_CONFIG_HOME=" + h.xdg("config"), "XDG_CACHE_HOME=" + h.xdg("cache"), "XDG_STATE_HOME=" + h.xdg("state"),
		"OPENCODE_CONFIG=" + h.config(), "OPENCODE_MODELS_PATH=" + h.models(), "OPENCODE_SERVER_PASSWORD=" + password, keyVar + "=" + key,
	}
	for _, off := range []string{"MODELS_FETCH", "AUTOUPDATE", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "CLAUDE_CODE", "SHARE", "EMBEDDED_WEB_UI"} {
		env = append(env, "OPENCODE_DISABLE_"+off+"=1")
	}
	if !ownConfig {
		env = append(env, "OPENCODE_DISABLE_PROJECT_CONFIG=1")
	}
	if shell != "" {
		env = append(env, "SHELL="+shell)
	}
	return env
}
