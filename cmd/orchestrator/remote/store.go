package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// login is what orchestrator login stores.
type login struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

// loginFile is the path of the stored login, below the directory for configuration of the XDG specification.
func (s *shell) loginFile() (string, error) {
	dir := s.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) { // the specification ignores relative paths
		home := s.Getenv("HOME")
		if home == "" {
			return "", errors.New("neither XDG_CONFIG_HOME nor HOME is set, so there is no place for the login")
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "orchestrator", "login.json"), nil
}

// save replaces the stored login. Only its owner can read the file, at every moment.
func (s *shell) save(l login) (path string, err error) {
	if path, err = s.loginFile(); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".login-*") // with mode 0600
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if err := errors.Join(json.NewEncoder(f).Encode(l), f.Sync(), f.Close()); err != nil {
		return "", err
	}
	return path, os.Rename(f.Name(), path)
}

// load reads the stored login; the zero login if there is none. It refuses a file that others can read.
func (s *shell) load() (l login, err error) {
	path, err := s.loginFile()
	if err != nil {
		return l, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return l, fmt.Errorf("other users can read %s, which contains a token. Run `chmod go-rwx %s`, or revoke the token and sign in again", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return l, fmt.Errorf("%s cannot be read: %w. Sign in again", path, err)
	}
	return l, nil
}

// client returns a client of the server.
func (s *shell) client() (*client.Client, error) {
	l, err := s.login()
	if err != nil {
		return nil, err
	}
	return client.New(l.Address, l.Token)
}

// login is the address and token of a command. A stored token is sent to the address that it was stored with and to no other.
func (s *shell) login() (login, error) {
	l := login{Address: s.address, Token: strings.TrimSpace(s.Getenv(tokenEnv))}
	if l.Token == "" || l.Address == "" {
		stored, err := s.load()
		if err != nil {
			return l, err
		}
		if l.Address == "" {
			l.Address = stored.Address
		}
		if l.Token == "" && strings.TrimRight(l.Address, "/") == stored.Address {
			l.Token = stored.Token
		}
	}
	switch {
	case l.Address == "":
		return l, exitError{exitNoLogin, "You are not signed in. Run `orchestrator login --address URL`, or set ORCHESTRATOR_ADDRESS and ORCHESTRATOR_TOKEN."}
	case l.Token == "":
		return l, exitError{exitNoLogin, "There is no token for " + l.Address + ". Run `orchestrator login --address " + l.Address + "`, or set ORCHESTRATOR_TOKEN."}
	}
	return l, nil
}
