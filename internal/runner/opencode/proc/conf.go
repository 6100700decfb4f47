package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// OpenCode's configuration belongs to the server, and OpenCode only reads it: whoever can change it decides what an agent may do.
// It has no secrets. It is HOME as well, because OpenCode takes its configuration from HOME/.opencode too, plugins included, and git its
// own from HOME/.gitconfig.

// pluginLock makes OpenCode believe that its plugin package is installed, else it asks the registry at every start.
const pluginLock = `{"name":"opencode","lockfileVersion":3,"packages":{"":{"dependencies":{"@opencode-ai/plugin":"%s"}}}}`

// ignored are the files that OpenCode would otherwise list itself, which it cannot in a directory that it only reads.
const ignored = "node_modules\npackage.json\npackage-lock.json\nbun.lock\n.gitignore\n"

// plugin takes the secrets out of the environment that OpenCode's children inherit, and gives the providers the gateway's key, which the
// configuration does not have. It is loaded before OpenCode starts its first child.
const plugin = `const kept = (globalThis.__orchestrator ??= { key: process.env.` + keyVar + ` })
delete process.env.` + keyVar + `
delete process.env.` + passwordVar + `

export const Orchestrator = async () => ({
  config: async (config) => {
    for (const provider of Object.values(config.provider ?? {}))
      if (provider.options?.apiKey === "` + keyPlace + `") provider.options.apiKey = kept.key
  },
})
`

// prepareConf writes what OpenCode expects beside its configuration; all of it can be read by OpenCode's user, who may not be ours.
func (h home) prepareConf() error {
	own := filepath.Join(h.conf, "opencode")
	for _, dir := range []string{h.conf, own, filepath.Join(own, "plugin"), filepath.Join(own, "node_modules")} {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755)); err != nil {
			return fmt.Errorf("create OpenCode's configuration: %w", err)
		}
	}
	for path, text := range map[string]string{
		h.models():                                 "{}",
		filepath.Join(own, ".gitignore"):           ignored,
		filepath.Join(own, "package-lock.json"):    fmt.Sprintf(pluginLock, MinimumVersion),
		filepath.Join(own, "plugin", "secrets.js"): plugin,
	} {
		if err := put(path, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// put writes a file of the configuration whole or not at all.
func put(path string, text []byte) error {
	fresh := path + ".new"
	err := os.WriteFile(fresh, text, 0o644)
	if err == nil {
		err = os.Chmod(fresh, 0o644) // whatever the umask is
	}
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		return fmt.Errorf("write OpenCode's configuration: %w", err)
	}
	return nil
}

// writeConfig replaces the config at once, so that OpenCode never reads half of it; changed reports whether it is another.
func (h home) writeConfig(c TeamConfig) (changed bool, err error) {
	text, err := c.encode()
	if err != nil {
		return false, err
	}
	if old, err := os.ReadFile(h.config()); err == nil && string(old) == string(text) {
		return false, nil
	}
	return true, put(h.config(), text)
}
