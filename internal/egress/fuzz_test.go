package egress

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// FuzzRequest reads what a program may send to the proxy: a target is a plain host and a port, whatever the request looks like.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{"CONNECT a.example:443 HTTP/1.1\r\nHost: b\r\nProxy-Authorization: Basic czpwdw==\r\n\r\n", "GET http://a.example/x HTTP/1.1\r\nHost: b\r\n\r\n",
		"CONNECT [::1]:1 HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET https://a/ HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT u:p@h:1 HTTP/1.1\r\n\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(s)))
		if err != nil {
			return
		}
		credential(r.Header.Get("Proxy-Authorization"))
		to, err := targetOf(r)
		if err == nil && (to.port == 0 || to.host == "" || len(to.host) > 253 || strings.ContainsAny(to.host, "/@\r\n ")) {
			t.Errorf("%q leads to %q port %d", s, to.host, to.port)
		}
	})
}
