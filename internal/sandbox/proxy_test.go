package sandbox

import (
	"slices"
	"strings"
	"testing"
)

func TestTheShellIsToldOfItsProxy(t *testing.T) {
	t.Parallel()
	const proxy = "http://a.b:secret@127.0.0.1:4123"
	got, err := Spec{Env: []string{"A=1"}, Proxy: proxy}.withProxy()
	if err != nil || !slices.Equal(got.ConnectTCP, []uint16{4123}) {
		t.Errorf("%v: ports %v", err, got.ConnectTCP)
	}
	slices.Sort(got.Env)
	want := []string{"A=1", "HTTPS_PROXY=" + proxy, "HTTP_PROXY=" + proxy, "NO_PROXY=localhost,127.0.0.1,::1",
		"http_proxy=" + proxy, "https_proxy=" + proxy, "no_proxy=localhost,127.0.0.1,::1"}
	if !slices.Equal(got.Env, want) {
		t.Errorf("environment %q", got.Env)
	}
	if got, err := (Spec{}).withProxy(); err != nil || len(got.Env)+len(got.ConnectTCP) > 0 {
		t.Errorf("without a proxy: %v, %v", got, err)
	}
	for _, bad := range []string{"http://a:secret@127.0.0.1", "http://a:secret@127.0.0.1:70000", "http://a:secret@[::1", ":secret"} {
		if _, err := (Spec{Proxy: bad}).withProxy(); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
