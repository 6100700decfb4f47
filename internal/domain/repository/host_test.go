package repository_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

func TestParseHost(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"registry.npmjs.org:443": "registry.npmjs.org:443", " Registry.NPMJS.org.:0443 ": "registry.npmjs.org:443", "*.example.org:8443": "*.example.org:8443",
		"localhost:80": "localhost:80", "10.0.0.5:4873": "10.0.0.5:4873", "[2001:DB8::1]:80": "[2001:db8::1]:80", "[::ffff:10.0.0.5]:80": "10.0.0.5:80",
		"xn--bcher-kva.example:443": "xn--bcher-kva.example:443", "a_b.example:1": "a_b.example:1",
		"": "", "example.org": "", "https://example.org:443": "", "example.org:443/x": "", "example.org:0": "", "example.org:65536": "", "example.org:https": "",
		"*.org:443": "", "*:443": "", "*.*.example.org:443": "", "a.*.org:443": "", "*example.org:443": "", "-a.example:1": "", "a-.example:1": "", "a..example:1": "",
		"2130706433:80": "", "127.1:80": "", "0x7f.1:80": "", "1.2.3.256:80": "", "user@example.org:443": "", "bücher.example:443": "", "[fe80::1%lo]:80": "", ":443": "",
		"*.10.0.0.5:80": "", strings.Repeat("a.", 130) + "example:1": "", "ex ample.org:1": "", "a\x00.org:1": "",
	} {
		got, err := repository.ParseHost(text)
		if got != want || (err == nil) != (want != "") || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	list := []repository.Host{{Name: "registry.npmjs.org:443"}, {Name: "*.example.org:443"}, {Name: "10.0.0.5:80"}}
	for _, tt := range []struct {
		host string
		port uint16
		want bool
	}{
		{"registry.npmjs.org", 443, true}, {"REGISTRY.npmjs.org.", 443, true}, {"registry.npmjs.org", 80, false}, {"x.registry.npmjs.org", 443, false},
		{"a.example.org", 443, true}, {"a.b.example.org", 443, true}, {"example.org", 443, false}, {"badexample.org", 443, false}, {"a.example.org.evil.com", 443, false},
		{"*.example.org", 443, false}, {"*.a.example.org", 443, false}, {"10.0.0.5", 80, true}, {"::ffff:10.0.0.5", 80, true}, {"10.0.0.50", 80, false}, {"", 443, false},
	} {
		if got := repository.Allows(list, tt.host, tt.port); got != tt.want {
			t.Errorf("%s:%d: %v", tt.host, tt.port, got)
		}
	}
	if repository.Allows(nil, "example.org", 443) {
		t.Error("an empty list allows")
	}
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"a.example:1", "*.a.example:1", "[::1]:1", "1.2.3.4:5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := repository.ParseHost(s)
		if err != nil {
			return
		}
		if again, err := repository.ParseHost(got); err != nil || again != got || strings.ContainsAny(got, " /@\x00\n") {
			t.Errorf("%q became %q, then %q, %v", s, got, again, err)
		}
	})
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	// ssh-keygen -lf says so.
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
	if got := repository.Fingerprint(key); got != "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU" {
		t.Error(got)
	}
	if got := repository.Fingerprint("nothing"); got != "" || repository.KeyKind(key) != "ssh-ed25519" {
		t.Error(got, repository.KeyKind(key))
	}
}
