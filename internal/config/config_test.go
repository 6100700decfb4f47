package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// plain are the defaults in a directory of the test's own.
func plain(t *testing.T) Settings {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "git"), 0o755); err != nil {
		t.Fatal(err)
	}
	return Settings{
		Listen: "127.0.0.1:8080", Data: filepath.Join(dir, "data"), GatewayListen: "127.0.0.1:0", OpencodeIdle: time.Minute,
		AnswerWithin: time.Minute, FirstEventWithin: time.Minute, StalledAfter: time.Minute, CheckTimeout: time.Minute, CheckpointEvery: time.Minute,
		MaxResponseSize: 64 << 20, MaxResponseTime: time.Hour,
		RequireSecondFactor: "none", Sandbox: "on", ToolCaches: "on", ToolCacheSize: 2 << 30, AgentEgress: "closed", MaxRunningSessions: 1, MaxAgentProcesses: 1,
		AgentTasks: 1024, AgentOpenFiles: 65536, AgentFileSize: 4 << 30, LogLevel: "info", LogFormat: "text",
	}
}

func TestDefaultsFollowFromEachOther(t *testing.T) {
	t.Parallel()
	s := plain(t)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if s.KeyFile != s.Data+".key" || s.PublicURL != "http://127.0.0.1:8080" || s.HTTPS() {
		t.Errorf("key file %s, public url %s", s.KeyFile, s.PublicURL)
	}
}

func TestWrongSettingsAreRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Settings)
		says   []string
	}{
		{"open listen", func(s *Settings) { s.Listen = "0.0.0.0:8080" }, []string{"--listen 0.0.0.0:8080", "--public-url https://", "--insecure-http"}},
		{"every interface", func(s *Settings) { s.Listen = ":8080" }, []string{"--listen :8080"}},
		{"open listen, http url", func(s *Settings) { s.Listen, s.PublicURL = "10.0.0.1:80", "http://a.example" }, []string{"--insecure-http"}},
		{"no time to answer", func(s *Settings) { s.AnswerWithin = 0 }, []string{"--answer-within", "5m"}},
		{"tiny responses", func(s *Settings) { s.MaxResponseSize = 1000 }, []string{"--max-response-size", "1MiB"}},
		{"tiny tool caches", func(s *Settings) { s.ToolCacheSize = 1000 }, []string{"--tool-cache-size", "2GiB"}},
		{"some tool caches", func(s *Settings) { s.ToolCaches = "some" }, []string{"--tool-caches", "on or off"}},
		{"no time to respond", func(s *Settings) { s.MaxResponseTime = 0 }, []string{"--max-response-time", "0s"}},
		{"checkpoints without a pause", func(s *Settings) { s.CheckpointEvery = 0 }, []string{"--checkpoint-every", "5m"}},
		{"no time to check", func(s *Settings) { s.CheckTimeout = time.Millisecond }, []string{"--check-timeout", "1ms"}},
		{"no port", func(s *Settings) { s.Listen = "127.0.0.1" }, []string{"--listen", "127.0.0.1:8080"}},
		{"gateway for all", func(s *Settings) { s.GatewayListen = "0.0.0.0:0" }, []string{"--gateway-listen", "127.0.0.1:0"}},
		{"metrics for all", func(s *Settings) { s.MetricsListen = "0.0.0.0:9" }, []string{"--metrics-listen", "--metrics-token"}},
		{"demo for all", func(s *Settings) { s.Demo, s.InsecureHTTP, s.Listen = true, true, "0.0.0.0:8080" }, []string{"--demo", "127.0.0.1:8080"}},
		{"key in data", func(s *Settings) { s.KeyFile = filepath.Join(s.Data, "key") }, []string{"--key-file", "outside"}},
		{"no such root", func(s *Settings) { s.RepoRoot = RepoRoots{{Slug: "a", Dir: "/no/such"}} }, []string{"--repo-root a=/no/such"}},
		{"root over data", func(s *Settings) { s.RepoRoot = RepoRoots{{Slug: "a", Dir: filepath.Dir(s.Data)}} }, []string{"--repo-root", "--data"}},
		{"proxy", func(s *Settings) { s.TrustedProxy = List{"x"} }, []string{"--trusted-proxy", "10.0.0.0/8"}},
		{"url with path", func(s *Settings) { s.PublicURL = "https://a.example/x" }, []string{"--public-url", "https://agents.example.org"}},
		{"url of a file", func(s *Settings) { s.PublicURL = "file:///x" }, []string{"--public-url"}},
		{"mysql", func(s *Settings) { s.Database = "mysql://u:hunter2@h/d" }, []string{"--database", "postgres://"}},
		{"sandbox", func(s *Settings) { s.Sandbox = "maybe" }, []string{"--sandbox", "on or off", "maybe"}},
		{"egress", func(s *Settings) { s.AgentEgress = "" }, []string{"--agent-egress", "closed or open"}},
		{"level", func(s *Settings) { s.LogLevel = "loud" }, []string{"--log-level"}},
		{"format", func(s *Settings) { s.LogFormat = "xml" }, []string{"--log-format"}},
		{"no sessions", func(s *Settings) { s.MaxRunningSessions = 0 }, []string{"--max-running-sessions"}},
		{"fewer than no spares", func(s *Settings) { s.WarmSpares = -1 }, []string{"--warm-spares"}},
		{"no processes", func(s *Settings) { s.MaxAgentProcesses = -1 }, []string{"--max-agent-processes"}},
		{"too few tasks", func(s *Settings) { s.AgentTasks = 1 }, []string{"--agent-tasks", "64"}},
		{"too few files", func(s *Settings) { s.AgentOpenFiles = 1 }, []string{"--agent-open-files", "256"}},
		{"too small files", func(s *Settings) { s.AgentFileSize = 1 << 20 }, []string{"--agent-file-size", "64MiB", "1MiB"}},
		{"no idle", func(s *Settings) { s.OpencodeIdle = 0 }, []string{"--opencode-idle", "10m"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := plain(t)
			c.change(&s)
			err := s.Check()
			if err == nil {
				t.Fatal("accepted")
			}
			for _, say := range append(c.says, "--") {
				if !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%q does not say %q", err, say)
				}
			}
		})
	}
}

func TestReachableWithConsent(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Settings){
		"https":         func(s *Settings) { s.Listen, s.PublicURL = "0.0.0.0:8080", "https://a.example/" },
		"insecure":      func(s *Settings) { s.Listen, s.InsecureHTTP = "0.0.0.0:8080", true },
		"ipv6 loopback": func(s *Settings) { s.Listen = "[::1]:8080" },
		"localhost":     func(s *Settings) { s.Listen = "localhost:0" },
		"metrics":       func(s *Settings) { s.MetricsListen, s.MetricsToken = "0.0.0.0:9", "t" },
		"root": func(s *Settings) {
			s.RepoRoot = RepoRoots{{Slug: "a", Dir: filepath.Join(filepath.Dir(s.Data), "git")}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := plain(t)
			change(&s)
			if err := s.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNetRulesReadTheirOwnWords(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"127.0.0.0/8:4010", "[fd00::]/8:443"} {
		var r NetRule
		if err := r.UnmarshalText([]byte(text)); err != nil || (NetRules{r}).String() != text {
			t.Errorf("%s became %s, %v", text, NetRules{r}, err)
		}
		if got := (NetRules{r}).Allows(); len(got) != 1 || got[0] != r.Allow {
			t.Errorf("the guard gets %v", got)
		}
	}
	if err := new(NetRule).UnmarshalText([]byte("localhost:1")); err == nil {
		t.Error("a name was accepted")
	}
}

func TestRepoRootsAndSizes(t *testing.T) {
	t.Parallel()
	var r RepoRoot
	if err := r.UnmarshalText([]byte("acme=/srv/git/")); err != nil || r != (RepoRoot{Slug: "acme", Dir: "/srv/git"}) {
		t.Errorf("%v, %v", r, err)
	}
	if got := (RepoRoots{r, {Slug: "b", Dir: "/x"}, {Slug: "acme", Dir: "/y"}}).Of("acme"); !reflect.DeepEqual(got, []string{"/srv/git", "/y"}) {
		t.Errorf("roots of acme: %v", got)
	}
	var rw RepoRoot
	if err := rw.UnmarshalText([]byte("acme=/srv/own/:rw")); err != nil || rw != (RepoRoot{Slug: "acme", Dir: "/srv/own", Writable: true}) || rw.String() != "acme=/srv/own:rw" {
		t.Errorf("%v, %v", rw, err)
	}
	if got := (RepoRoots{r, rw}).WritableOf("acme"); !reflect.DeepEqual(got, []string{"/srv/own"}) {
		t.Errorf("writable roots of acme: %v", got)
	}
	for _, bad := range []string{"", "acme", "=/x", "acme=relative", "acme=:rw"} {
		if err := new(RepoRoot).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	for in, want := range map[string]Bytes{"512MiB": 512 << 20, "1 GiB": 1 << 30, "10": 10, "3KiB": 3 << 10, "0": 0} {
		var b Bytes
		if err := b.UnmarshalText([]byte(in)); err != nil || b != want {
			t.Errorf("%s: %v, %v", in, b, err)
		}
	}
	for _, bad := range []string{"", "-1", "many", "99999999999GiB"} {
		if err := new(Bytes).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestLinesNameEverySettingAndMaskSecrets(t *testing.T) {
	t.Parallel()
	s := plain(t)
	s.Database, s.MetricsToken, s.OIDCSecret = "postgres://u:hunter2@h/d", "hunter2", "hunter2"
	env := func(name string) (string, bool) {
		return "x", name == "ORCHESTRATOR_LISTEN" || name == "ORCHESTRATOR_DATA"
	}
	lines := s.Lines(map[string]bool{"data": true}, env)
	if len(lines) != reflect.TypeFor[Settings]().NumField() {
		t.Errorf("%d lines", len(lines))
	}
	want := map[string]Source{"data": FromFlag, "listen": FromEnv, "demo": FromDefault}
	for _, l := range lines {
		if l.Env != "ORCHESTRATOR_"+strings.ToUpper(strings.ReplaceAll(l.Name, "-", "_")) || !strings.HasSuffix(l.Help, ".") {
			t.Errorf("setting %q has the variable %q and the help %q", l.Name, l.Env, l.Help)
		}
		if w, ok := want[l.Name]; ok && l.Source != w {
			t.Errorf("%s comes from %s", l.Name, l.Source)
		}
	}
	if all := fmt.Sprintf("%v %+v %#v", lines, s, s); strings.Contains(all, "hunter2") {
		t.Error("a secret was printed")
	}
}

func TestOpencodeThatWasNamedIsKept(t *testing.T) {
	t.Parallel()
	s := Settings{OpencodeBin: "/opt/mine"}
	if s.FindOpencode(); s.OpencodeBin != "/opt/mine" {
		t.Errorf("became %s", s.OpencodeBin)
	}
}

func TestOpencodeIsFoundThroughItsLink(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	real := filepath.Join(dir, "package", "opencode.exe")
	for _, d := range []string{filepath.Dir(real), filepath.Join(".tools", "opencode")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(real, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, filepath.Join(".tools", "opencode", "opencode")); err != nil {
		t.Fatal(err)
	}
	var s Settings
	if s.FindOpencode(); filepath.Base(s.OpencodeBin) != "opencode.exe" {
		t.Errorf("found %q", s.OpencodeBin)
	}
}

func TestUserNumbers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"auto", "off", "200000:500"} {
		var u UIDs
		if err := u.UnmarshalText([]byte(text)); err != nil || u.String() != text {
			t.Errorf("%s became %s, %v", text, u, err)
		}
	}
	for _, bad := range []string{"", "0:10", "999:1", "5000", "5000:0", "5000:-1", "2147483647:2", "x:y", "on"} {
		if err := new(UIDs).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	whole, container := "         0          0 4294967295\n", "0 100000 65536\n"
	if !hasRange(whole, freeUIDs[0]) || hasRange(container, freeUIDs[0]) || !hasRange(container, freeUIDs[1]) {
		t.Error("the ranges of auto are not judged by the user map")
	}
}

func TestProcessors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"0": "0", "1.5": "1.5", "2": "2", "0.25": "0.25"} {
		var c CPUs
		if err := c.UnmarshalText([]byte(in)); err != nil || c.String() != want {
			t.Errorf("%s became %s, %v", in, c, err)
		}
	}
	for _, bad := range []string{"", "-1", "all", "NaN", "Inf", "1e99", "0.001"} {
		if err := new(CPUs).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestAnInternationalHostIsComparedInASCII(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://bücher.example": "https://xn--bcher-kva.example", "HTTPS://Bücher.Example:8443/": "https://xn--bcher-kva.example:8443",
		"HTTPS://Agents.Example.org": "https://agents.example.org",
	} {
		s := plain(t)
		s.PublicURL, s.AllowedHost = in, List{" grüße.example:81", ""}
		if err := s.Check(); err != nil || s.PublicURL != want || !s.HTTPS() || s.AllowedHost.String() != "xn--gre-6ka8l.example:81" {
			t.Errorf("%s: %s, %s, %v", in, s.PublicURL, s.AllowedHost, err)
		}
	}
	s := plain(t)
	if s.PublicURL = "https://-ü.example"; s.Check() == nil {
		t.Error("a name that no browser can send is accepted")
	}
}

func TestListsAcceptBlanksAfterCommas(t *testing.T) {
	t.Parallel()
	s := plain(t)
	s.TrustedProxy, s.OIDCScope = List{"10.0.0.0/8", " 172.16.0.0/12 ", ""}, List{"email", " profile"}
	if err := s.Check(); err != nil || s.TrustedProxy.String() != "10.0.0.0/8,172.16.0.0/12" || s.OIDCScope.String() != "email,profile" {
		t.Errorf("%s, %s, %v", s.TrustedProxy, s.OIDCScope, err)
	}
	var n NetRule
	var r RepoRoot
	var g GroupRule
	for _, err := range []error{n.UnmarshalText([]byte(" 127.0.0.1:1")), r.UnmarshalText([]byte(" a=/srv ")), g.UnmarshalText([]byte(" devs=a:lead "))} {
		if err != nil {
			t.Error(err)
		}
	}
	if r.Slug != "a" || r.Dir != "/srv" || g.Group != "devs" || g.Role != "lead" {
		t.Errorf("%+v, %+v", r, g)
	}
}

func TestAMissingOpenCodeIsSaid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, program := filepath.Join(dir, "text"), filepath.Join(dir, "program")
	for path, mode := range map[string]os.FileMode{file: 0o600, program: 0o700} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	for bin, says := range map[string]string{"": "was not found", filepath.Join(dir, "gone"): dir + "/gone", file: "is not a program", dir: "is not a program", program: ""} {
		s := Settings{OpencodeBin: bin}
		if got := s.MissingOpencode(); !strings.Contains(got, says) || (got == "") != (says == "") || got != "" && !strings.Contains(got, "--opencode-bin") {
			t.Errorf("%s: %q", bin, got)
		}
	}
}
