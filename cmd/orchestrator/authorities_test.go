package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
)

func TestTheCAFileAddsAnAuthority(t *testing.T) {
	t.Parallel()
	private := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer private.Close()
	dir := t.TempDir()
	write := func(name string, blocks ...*pem.Block) string {
		var text []byte
		for _, b := range blocks {
			text = append(text, pem.EncodeToMemory(b)...)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert := &pem.Block{Type: "CERTIFICATE", Bytes: private.Certificate().Raw}
	var open config.NetRules
	rule, err := netguard.ParseAllow(strings.TrimPrefix(private.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	open = append(open, config.NetRule{Allow: rule})
	for name, c := range map[string]struct{ file, fault string }{
		"none":     {"", "certificate"},
		"this one": {write("ca.pem", cert), ""},
		"no file":  {filepath.Join(dir, "nope"), "--ca-file"},
		"empty":    {write("empty.pem"), "contains no certificate"},
		"a key":    {write("key.pem", cert, &pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), `contains "PRIVATE KEY"`},
		"no X.509": {write("bad.pem", &pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), "invalid certificate"},
	} {
		guard, err := newGuard(config.Settings{CAFile: c.file, AllowNet: open})
		if err == nil {
			_, err = guard.Client().Get(private.URL)
		}
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
