package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dialers are the files that connect without the guard, and why each may.
var dialers = map[string]string{
	"internal/netguard/netguard.go":           "the guard itself",
	"internal/egress/forward.go":              "its connections are made by the guard's dialer",
	"internal/git/connect.go":                 "to the egress proxy, and past it only where a test has none",
	"internal/runner/opencode/wire/client.go": "to an OpenCode of this host",
	"internal/sandbox/bridge_linux.go":        "to the bridges of a sandbox",
	"internal/sandbox/other.go":               "to the bridges of a sandbox",
	"cmd/orchestrator/bridges.go":             "to the bridges of a sandbox",
	"cmd/orchestrator/readings.go":            "to this program's own listeners",
	"cmd/orchestrator/isolation.go":           "to the instance its operator names",
	"internal/client/client.go":               "to the server that its caller names, as a program of that server",
	"internal/oidc/oidc.go":                   "with the transport it is given, which is the guard's",
	"internal/oidc/oidctest/visit.go":         "a browser of the tests",
	"internal/isolation/ask.go":               "to the instance its operator names",
	"internal/isolation/tricks.go":            "to the instance its operator names",
	"internal/isolation/throwaway/askers.go":  "to the instance its operator names",
}

var dials = regexp.MustCompile(`\bnet\.(Dial|DialTimeout|DialTCP|DialUDP|DialIP)\(|\bnet\.Dialer\{|\bvar \w+ net\.Dialer\b|\bhttp\.(Get|Head|Post|PostForm)\(|\bhttp\.Default(Client|Transport)\b|\bhttp\.(Client|Transport)\{|\btls\.(Dial|Dialer)\b|\bsmtp\.(Dial|SendMail)\(|\bssh\.Dial\(`)

// dialing are in every match of dials. The expression itself is slow.
var dialing = []string{"net.", "http.", "tls.", "smtp.", "ssh."}

// T-27: what a team can steer is connected to through one dialer. A new file that connects by itself has to say why it may.
func TestT27OnlyTheGuardDials(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, root := range []string{"cmd", "db", "internal", "views", "web"} {
		err := filepath.WalkDir(filepath.Join("..", "..", root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name := filepath.ToSlash(strings.TrimPrefix(path, filepath.Join("..", "..")+string(filepath.Separator)))
			for _, line := range strings.Split(string(text), "\n") {
				if code, _, _ := strings.Cut(line, "//"); slices.ContainsFunc(dialing, func(pkg string) bool { return strings.Contains(code, pkg) }) && dials.MatchString(code) {
					found[name] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range found {
		if dialers[name] == "" {
			t.Errorf("%s connects by itself: use netguard's Dialer, Transport or Client, or say here why it need not", name)
		}
	}
	for name := range dialers {
		if !found[name] {
			t.Errorf("%s connects no longer: take it off the list", name)
		}
	}
}
