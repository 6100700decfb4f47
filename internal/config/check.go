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
	"unicode"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Check derives settings from each other and refuses invalid ones. Each error names the flag and a correct value.
func (s *Settings) Check() error {
	s.tidyLists()
	if err := errors.Join(s.checkPaths(), s.checkAddresses(), s.checkChoices(), s.checkNumbers(), s.checkOIDC()); err != nil {
		return err
	}
	s.fillPublicURL()
	return errors.Join(s.checkPublicURL(), s.checkReach())
}

func (s *Settings) checkPaths() error {
	var err error
	if s.Data, err = filepath.Abs(s.Data); err != nil {
		return fmt.Errorf("cannot resolve --data %s to an absolute path: %w", s.Data, err)
	}
	if s.KeyFile == "" {
		s.KeyFile = s.Data + ".key"
	}
	if s.KeyFile, err = filepath.Abs(s.KeyFile); err != nil {
		return fmt.Errorf("cannot resolve --key-file %s to an absolute path: %w", s.KeyFile, err)
	}
	if contains(s.Data, s.KeyFile) {
		return fmt.Errorf("--key-file %s is inside --data %s, so anyone who copies the data also gets the key: choose a path outside the data directory", s.KeyFile, s.Data)
	}
	if s.CAFile != "" {
		if s.CAFile, err = filepath.Abs(s.CAFile); err != nil {
			return fmt.Errorf("cannot resolve --ca-file %s to an absolute path: %w", s.CAFile, err)
		}
	}
	if err := s.checkAuditHeads(); err != nil {
		return err
	}
	return s.checkRoots()
}

func (s *Settings) checkAuditHeads() (err error) {
	if s.AuditHeads == "" {
		s.AuditHeads = s.KeyFile + ".audit-heads.json"
	}
	if s.AuditHeads, err = filepath.Abs(s.AuditHeads); err != nil {
		return fmt.Errorf("cannot resolve --audit-heads %s to an absolute path: %w", s.AuditHeads, err)
	}
	if contains(s.Data, s.AuditHeads) {
		return fmt.Errorf("--audit-heads %s is inside --data %s, so anyone who sets back the data also sets back the heads: choose a path outside the data directory", s.AuditHeads, s.Data)
	}
	return nil
}

func (s *Settings) checkRoots() error {
	for _, r := range s.RepoRoot {
		info, err := os.Stat(r.Dir)
		if err != nil || !info.IsDir() {
			return fmt.Errorf("--repo-root %s is not an existing directory", r)
		}
		if contains(s.Data, r.Dir) || contains(r.Dir, s.Data) || contains(r.Dir, s.KeyFile) {
			return fmt.Errorf("--repo-root %s must not contain --data %s or the key file, or be inside --data, because the team could then read other teams' data", r, s.Data)
		}
	}
	return nil
}

// contains reports whether path is dir or below it.
func contains(dir, path string) bool {
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
			return fmt.Errorf("%s %q is not valid: use an address and a port, such as 127.0.0.1:8080", a.flag, a.value)
		}
		if a.loopback && !Loopback(a.value) {
			return fmt.Errorf("%s %s is not a loopback address: the gateway serves plain HTTP to agents on this host only; use 127.0.0.1:0", a.flag, a.value)
		}
	}
	for _, p := range s.TrustedProxy {
		_, errPrefix := netip.ParsePrefix(p)
		if _, err := netip.ParseAddr(p); err != nil && errPrefix != nil {
			return fmt.Errorf("--trusted-proxy %q is not valid: use an address range, such as 10.0.0.0/8", p)
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

// Loopback reports whether a HOST:PORT can be reached from this host only.
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

func (s *Settings) checkChoices() error {
	for _, w := range []struct {
		flag, value string
		allowed     []string
	}{
		{"--sandbox", s.Sandbox, []string{"on", "off"}},
		{"--tool-caches", s.ToolCaches, []string{"on", "off"}},
		{"--agent-egress", s.AgentEgress, []string{"closed", "open"}},
		{"--require-second-factor", s.RequireSecondFactor, []string{"none", "admins", "all"}},
		{"--log-level", s.LogLevel, []string{"debug", "info", "warn", "error"}},
		{"--log-format", s.LogFormat, []string{"text", "json"}},
	} {
		if last := len(w.allowed) - 1; !slices.Contains(w.allowed, w.value) {
			return fmt.Errorf("%s %q is not valid: use %s", w.flag, w.value, strings.Join(w.allowed[:last], ", ")+" or "+w.allowed[last])
		}
	}
	if s.SMTPURL != "" && s.MailFrom == "" {
		return errors.New("--smtp-url also requires --mail-from, the sender's address, such as agents@example.org")
	}
	if d := string(s.Database); d != "" && !strings.HasPrefix(d, "postgres://") && !strings.HasPrefix(d, "postgresql://") {
		return errors.New("--database must start with postgres://; leave it out to use the embedded SQLite database")
	}
	return nil
}

func (s *Settings) checkNumbers() error {
	switch {
	case s.MaxRunningSessions < 1:
		return fmt.Errorf("--max-running-sessions must be at least 1 (it is %d)", s.MaxRunningSessions)
	case s.MaxAgentProcesses < 0:
		return fmt.Errorf("--max-agent-processes must be 0 or more (it is %d)", s.MaxAgentProcesses)
	case s.WarmSpares < 0:
		return fmt.Errorf("--warm-spares must be 0 or more (it is %d)", s.WarmSpares)
	case s.AgentTasks < 64:
		return fmt.Errorf("--agent-tasks must be at least 64 (it is %d), because OpenCode alone needs dozens", s.AgentTasks)
	case s.AgentOpenFiles < 256:
		return fmt.Errorf("--agent-open-files must be at least 256 (it is %d)", s.AgentOpenFiles)
	case s.AgentFileSize < 64<<20:
		return fmt.Errorf("--agent-file-size must be at least 64MiB (it is %s), because it also applies to OpenCode's database", s.AgentFileSize)
	case s.ToolCacheSize < 16<<20:
		return fmt.Errorf("--tool-cache-size must be at least 16MiB, such as 2GiB (it is %s)", s.ToolCacheSize)
	case s.MaxResponseSize < 1<<20:
		return fmt.Errorf("--max-response-size must be at least 1MiB, such as 64MiB (it is %s)", s.MaxResponseSize)
	case s.OpencodeIdle <= 0:
		return fmt.Errorf("--opencode-idle must be greater than 0, such as 10m (it is %s)", durationFlag(s.OpencodeIdle))
	}
	return s.checkTimers()
}

func (s *Settings) checkTimers() error {
	for _, t := range []struct {
		flag  string
		value time.Duration
	}{{"--answer-within", s.AnswerWithin}, {"--first-event-within", s.FirstEventWithin}, {"--stalled-after", s.StalledAfter}, {"--check-timeout", s.CheckTimeout}, {"--checkpoint-every", s.CheckpointEvery}, {"--max-response-time", s.MaxResponseTime}} {
		if t.value < time.Second {
			return fmt.Errorf("%s must be at least 1s, such as 5m (it is %s)", t.flag, durationFlag(t.value))
		}
	}
	return nil
}

// fillPublicURL also brings the URL into the form that browsers send, with an international host name in ASCII.
func (s *Settings) fillPublicURL() {
	if s.PublicURL == "" {
		s.PublicURL = "http://" + s.Listen
	}
	s.PublicURL = text.URL(strings.TrimSuffix(strings.TrimSpace(s.PublicURL), "/"))
}

// tidyLists accepts blanks around the entries of lists, and a comma at the end.
func (s *Settings) tidyLists() {
	for _, l := range []*List{&s.AllowedHost, &s.TrustedProxy, &s.OIDCScope} {
		for i := range *l {
			(*l)[i] = strings.TrimSpace((*l)[i])
		}
		*l = slices.DeleteFunc(*l, func(entry string) bool { return entry == "" })
	}
	for i, h := range s.AllowedHost {
		s.AllowedHost[i] = text.Host(h)
	}
}

func (s *Settings) checkPublicURL() error {
	u, err := url.Parse(s.PublicURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.ContainsFunc(u.Host, isNotASCII) || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("--public-url %q is not valid: use http:// or https:// and a host, such as https://agents.example.org", s.PublicURL)
	}
	return nil
}

func isNotASCII(r rune) bool { return r > unicode.MaxASCII }

// checkReach refuses settings that would send passwords, or metrics of all teams, over a network unencrypted.
func (s *Settings) checkReach() error {
	if s.Demo && !Loopback(s.Listen) {
		return fmt.Errorf("--demo works only on a loopback address, but --listen is %s: use 127.0.0.1:8080", s.Listen)
	}
	if !Loopback(s.Listen) && !s.HTTPS() && !s.InsecureHTTP {
		return fmt.Errorf("--listen %s can be reached from other hosts, and without HTTPS others on the network can read passwords: "+
			"set --public-url https://… (with a proxy that terminates TLS), or --insecure-http if you trust the network", s.Listen)
	}
	if s.MetricsListen != "" && !Loopback(s.MetricsListen) && s.MetricsToken == "" {
		return fmt.Errorf("--metrics-listen %s can be reached from other hosts: also set --metrics-token, or use a loopback address", s.MetricsListen)
	}
	return nil
}
