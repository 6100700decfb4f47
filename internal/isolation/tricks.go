package isolation

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Tricks returns alternative spellings of a path that another program might treat as the same path.
func Tricks(path string) map[string]string {
	cut := strings.LastIndexByte(path, '/')
	last, before := path[cut+1:], path[:cut]
	first := (last + "x")[:1]
	return map[string]string{
		"double slash": "/" + path, "double slash inside": before + "//" + last, "dot": before + "/./" + last, "dot dot": before + "/x/../" + last,
		"encoded slash": before + "%2f" + last, "encoded dot": before + "/%2e/" + last, "encoded letter": before + "/" + fmt.Sprintf("%%%02x", first[0]) + strings.TrimPrefix(last, first),
		"trailing slash": path + "/", "trailing dot": path + "/.", "upper case": strings.ToUpper(path), "semicolon": path + ";x=1", "backslash": before + "\\" + last,
		"null": path + "%00", "public before": "/static/.." + path, "health before": "/health/../" + strings.TrimPrefix(path, "/"), "encoded before": "/login%2f.." + path,
		"absolute": "http://localhost" + path, "question": path + "%3f", "tab": path + "%09", "double encoded": strings.Replace(path, "/", "/%252e/", 1),
	}
}

// overrides are headers that make some programs treat a request as a different one.
var overrides = [][2]string{{"X-HTTP-Method-Override", "GET"}, {"X-HTTP-Method", "GET"}, {"X-Method-Override", "GET"}, {"X-Original-URL", "/login"}, {"X-Rewrite-URL", "/login"}}

// tricks requests another team's objects with every spelling of their path. No request may succeed.
func (r *run) tricks() error {
	for _, to := range r.Routes {
		if len(words(to.Path)) == 0 || to.Action == "public" || to.Method == http.MethodHead || !r.as.fits(to) {
			continue
		}
		from := slices.Repeat([]whose{theirs}, len(words(to.Path)))
		path := r.fill(to.Path, from)
		for _, name := range slices.Sorted(maps.Keys(Tricks(path))) {
			if err := r.trick(to, name, Tricks(path)[name], ""); err != nil {
				return err
			}
		}
		for _, o := range overrides {
			if err := r.trick(to, o[0], path, o[0]+": "+o[1]+"\r\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

// trick sends a raw request line, because an HTTP client would normalize the path.
func (r *run) trick(to Route, name, path, header string) error {
	u, err := url.Parse(r.Base)
	if err != nil {
		return fmt.Errorf("read the server's URL: %w", err)
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(r.ctx, "tcp", u.Host)
	if err != nil {
		return fmt.Errorf("connect to the server: %w", err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	body := r.body(to, r.Theirs.Slug, nil)
	if _, err := io.WriteString(conn, r.line(to, u.Host, path, header, body)); err != nil {
		return fmt.Errorf("send %s %s: %w", to.Method, path, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return fmt.Errorf("read the response to %s %s: %w", to.Method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	r.row.Asked++
	if resp.StatusCode < http.StatusMultipleChoices {
		r.leak(to, "as %s (%s): status %d", name, path, resp.StatusCode)
	}
	r.marked(to, answer{resp.StatusCode, resp.Header, string(text)}, "as "+name)
	return nil
}

func (r *run) line(to Route, host, path, header string, body sent) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n%s", to.Method, path, host, header)
	for name, values := range r.as.Header {
		fmt.Fprintf(&b, "%s: %s\r\n", name, values[0])
	}
	if body.kind != "" {
		fmt.Fprintf(&b, "Content-Type: %s\r\n", body.kind)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body.text), body.text)
	return b.String()
}
