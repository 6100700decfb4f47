package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// unclear are requests whose end two programs can see in different places. Each is followed by another request.
var unclear = map[string]string{
	"a length and chunks":         "POST /login HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"chunks and a length":         "POST /login HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
	"a space before the colon":    "POST /login HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	"a space in another header":   "GET /health/live HTTP/1.1\r\nHost: HOST\r\nX-Custom : 1\r\n\r\n",
	"a folded line":               "GET /health/live HTTP/1.1\r\nHost: HOST\r\nX-Custom: 1\r\n 2\r\n\r\n",
	"a folded line with a tab":    "GET /health/live HTTP/1.1\r\nHost: HOST\r\nX-Custom: 1\r\n\tContent-Length: 2\r\n\r\n",
	"chunks in HTTP/1.0":          "POST /login HTTP/1.0\r\nHost: HOST\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"an encoding twice":           "POST /login HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"identity":                    "POST /login HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n",
	"two hosts":                   "GET /health/live HTTP/1.1\r\nHost: HOST\r\nHost: other\r\n\r\n",
	"of the API":                  "POST /api/v1/sessions HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"of the API, before the rest": "POST /api/v1/none HTTP/1.1\r\nHost: HOST\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}

// A request whose length can be read in two ways is refused, and nothing after it on the connection is answered.
func TestUnclearRequestsEndTheConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	at := w.base[len("http://"):]
	for name, request := range unclear {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, strings.ReplaceAll(request, "HOST", at)+"GET /health/live HTTP/1.1\r\nHost: "+at+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || !resp.Close {
			t.Errorf("%s: status %d, closed: %t", name, resp.StatusCode, resp.Close)
		}
		if !resp.Close {
			continue
		}
		if second, err := http.ReadResponse(r, nil); err == nil {
			t.Errorf("%s: the next request is answered with %d", name, second.StatusCode)
		}
	}
}

// A body in chunks is as good as one with a length, and the connection stays open after it.
func TestChunksAloneAreClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	at := w.base[len("http://"):]
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for range 2 {
		if _, err := io.WriteString(conn, "POST /api/v1/sessions HTTP/1.1\r\nHost: "+at+"\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if resp.StatusCode != http.StatusUnauthorized || resp.Close {
			t.Errorf("status %d, closed: %t", resp.StatusCode, resp.Close)
		}
	}
}
