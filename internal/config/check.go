package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check fills in what follows from other settings and refuses what cannot be right.
// Each fault is a sentence that names the flag and what would be right.
func (s *Settings) Check() error {
	if err := errors.Join(s.checkPaths(), s.checkAddresses(), s.checkWords(), s.checkNumbers(), s.checkOIDC()); err != nil {
		return err
	}
	s.fillPublicURL()
	return errors.Join(s.checkPublicURL(), s.checkReach())
}

func (s *Settings) checkPaths() error {
	var err error
	if s.Data, err = filepath.Abs(s.Data); err != nil {
		return fmt.Errorf("--data %s has no absolute path: %w", s.Data, err)
	}
	if s.KeyFile == "" {
		s.KeyFile = s.Data + ".key"
	}
	if s.KeyFile, err = filepath.Abs(s.KeyFile); err != nil {
		return fmt.Errorf("--key-file %s has no absolute path: %w", s.KeyFile, err)
	}
	if within(s.Data, s.KeyFile) {
		return fmt.Errorf("--key-file %s lies inside --data %s: who takes the data would take the key with it; choose a place beside it", s.KeyFile, s.Data)
	}
	return s.checkRoots()
}

func (s *Settings) checkRoots() error {
	for _, r := range s.RepoRoot {
		info, err := os.Stat(r.Dir)
		if err != nil || !info.IsDir() {
			return fmt.Errorf("--repo-root %s names no directory that is there", r)
		}
		if within(s.Data, r.Dir) || within(r.Dir, s.Data) || within(r.Dir, s.KeyFile) {
			return fmt.Errorf("--repo-root %s may not hold, or lie in, --data %s or the key file: a team could read the others there", r, s.Data)
		}
	}
	return nil
}

// within says whether path is dir or lies below it.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func (s *Settings) checkAddresses() error {
	for _, a := range []struct {
		flag, value        string
		optional, loopback bool
	}{{"--listen", s.Listen, false, false}, {"--gateway-listen", s.GatewayListen, false, true}, {"--metrics-listen", s.MetricsListen, true, false}} {
		if a.value == "" && a.optional {
			continue
		}
		if err := checkAddress(a.value); err != nil {
			return fmt.Errorf("%s %q is not an address and port such as 127.0.0.1:8080", a.flag, a.value)
		}
		if a.loopback && !Loopback(a.value) {
			return fmt.Errorf("%s %s is not a loopback address: the gateway speaks plain http and only to agents on this host; use 127.0.0.1:0", a.flag, a.value)
		}
	}
	for _, p := range s.TrustedProxy {
		_, errPrefix := netip.ParsePrefix(p)
		if _, err := netip.ParseAddr(p); err != nil && errPrefix != nil {
			return fmt.Errorf("--trusted-proxy %q is not an address range such as 10.0.0.0/8", p)
		}
	}
	return nil
}

func checkAddress(a string) error {
	_, port, err := net.SplitHostPort(a)
	if err != nil {
		return err
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err
}

// Loopback says whether a HOST:PORT can be reached from this host only.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func (s *Settings) checkWords() error {
	for _, w := range []struct {
		flag, value string
		allowed     []string
	}{
		{"--sandbox", s.Sandbox, []string{"on", "off"}},
		{"--agent-egress", s.AgentEgress, []string{"closed", "open"}},
		{"--require-second-factor", s.RequireSecondFactor, []string{"none", "admins", "all"}},
		{"--log-level", s.LogLevel, []string{"debug", "info", "warn", "error"}},
		{"--log-format", s.LogFormat, []string{"text", "json"}},
	} {
		if !slices.Contains(w.allowed, w.value) {
			return fmt.Errorf("%s is %s; %q is neither", w.flag, strings.Join(w.allowed, " or "), w.value)
		}
	}
	if s.SMTPURL != "" && s.MailFrom == "" {
		return errors.New("--smtp-url needs --mail-from, the address that e-mails come from, such as agents@example.org")
	}
	if d := string(s.Database); d != "" && !strings.HasPrefix(d, "postgres://") && !strings.HasPrefix(d, "postgresql://") {
		return errors.New("--database begins with postgres://; leave it out to use the embedded SQLite")
	}
	return nil
}

func (s *Settings) checkNumbers() error {
	switch {
	case s.MaxRunningSessions < 1:
		return fmt.Errorf("--max-running-sessions is 1 or more; %d would run nothing", s.MaxRunningSessions)
	case s.MaxAgentProcesses < 1:
		return fmt.Errorf("--max-agent-processes is 1 or more; %d would run nothing", s.MaxAgentProcesses)
	case s.AgentTasks < 64:
		return fmt.Errorf("--agent-tasks is 64 or more: OpenCode alone has dozens; %d is not", s.AgentTasks)
	case s.AgentOpenFiles < 256:
		return fmt.Errorf("--agent-open-files is 256 or more; %d is not", s.AgentOpenFiles)
	case s.AgentFileSize < 64<<20:
		return fmt.Errorf("--agent-file-size is 64MiB or more: OpenCode's own database is a file too; %s is not", s.AgentFileSize)
	case s.OpencodeIdle <= 0:
		return fmt.Errorf("--opencode-idle is a time above zero such as 10m; %s is not", s.OpencodeIdle)
	}
	return s.checkTimers()
}

func (s *Settings) checkTimers() error {
	for _, t := range []struct {
		flag  string
		value time.Duration
	}{{"--answer-within", s.AnswerWithin}, {"--first-event-within", s.FirstEventWithin}, {"--stalled-after", s.StalledAfter}, {"--check-timeout", s.CheckTimeout}} {
		if t.value < time.Second {
			return fmt.Errorf("%s is a time of a second or more such as 5m; %s is not", t.flag, t.value)
		}
	}
	return nil
}

func (s *Settings) fillPublicURL() {
	if s.PublicURL == "" {
		s.PublicURL = "http://" + s.Listen
	}
	s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
}

func (s *Settings) checkPublicURL() error {
	u, err := url.Parse(s.PublicURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("--public-url %q is not http:// or https:// and a host, such as https://agents.example.org", s.PublicURL)
	}
	return nil
}

// checkReach refuses what would put passwords, or the figures of every team, on a network in the clear.
func (s *Settings) checkReach() error {
	if s.Demo && !Loopback(s.Listen) {
		return fmt.Errorf("--demo serves on loopback only; --listen %s is not; use 127.0.0.1:8080", s.Listen)
	}
	if !Loopback(s.Listen) && !s.HTTPS() && !s.InsecureHTTP {
		return fmt.Errorf("--listen %s can be reached from other hosts, and without https passwords could be read on the way: "+
			"set --public-url https://… (with a proxy that ends TLS), or --insecure-http if the network is trusted", s.Listen)
	}
	if s.MetricsListen != "" && !Loopback(s.MetricsListen) && s.MetricsToken == "" {
		return fmt.Errorf("--metrics-listen %s can be reached from other hosts: set --metrics-token too, or use a loopback address", s.MetricsListen)
	}
	return nil
}
