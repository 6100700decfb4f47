package proc

import (
	"fmt"
	"os"
	"path/filepath"
)

// home is the directory of a session's process, with its places. The process may write everywhere in dir; conf is what it only reads.
type home struct{ dir, conf string }

// home is empty for an agent whose process has no directory: a server that tests stand in for one.
func (a *Agent) home() home {
	if a.opts.Home == nil {
		return home{}
	}
	return home{a.opts.Home(a.Key()), a.opts.Conf(a.Key())}
}

func (h home) config() string { return filepath.Join(h.conf, "opencode.json") }
func (h home) models() string { return filepath.Join(h.conf, "models.json") }
func (h home) cwd() string    { return filepath.Join(h.dir, "empty") }

// output is what the process prints.
func (h home) output() string         { return filepath.Join(h.dir, "output.log") }
func (h home) xdg(name string) string { return filepath.Join(h.dir, name) }

// prepare makes the places; existing files are overwritten.
func (h home) prepare() error {
	for _, dir := range []string{h.dir, h.cwd(), h.xdg("data"), h.xdg("cache"), h.xdg("state"), h.xdg("tmp")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create OpenCode's home: %w", err)
		}
	}
	return h.prepareConf()
}

// environ is the whole environment of the process but for what its host adds. Nothing here reaches outside.
func (h home) environ(password, key, shell string, ownConfig bool) []string {
	env := []string{
		"HOME=" + h.conf, "TMPDIR=" + h.xdg("tmp"), "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"XDG_DATA_HOME=" + h.xdg("data"), "XDG_CONFIG_HOME=" + h.conf, "XDG_CACHE_HOME=" + h.xdg("cache"), "XDG_STATE_HOME=" + h.xdg("state"),
		"OPENCODE_CONFIG=" + h.config(), "OPENCODE_MODELS_PATH=" + h.models(), passwordVar + "=" + password, keyVar + "=" + key,
		"OPENCODE_AUTH_CONTENT={}", // instead of a file of credentials in the home, which could set any variable
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
