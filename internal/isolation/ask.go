package isolation

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// client follows no redirects, because the redirect is part of the response to compare.
var client = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// answer is the comparable part of a response.
type answer struct {
	status int
	header http.Header
	body   string
}

// momentary are the headers that differ between any two responses.
var momentary = []string{"Date", "X-Request-Id", "Set-Cookie", "Ratelimit", "Ratelimit-Policy", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"}

// request sends one request as the asker, and retries if the server responds with a rate limit.
func (r *run) request(to Route, path string, body sent, header ...string) (a answer, err error) {
	for range 5 {
		a, err = r.send(to, path, body, header...)
		wait, _ := strconv.Atoi(a.header.Get("Retry-After"))
		if err != nil || a.status != http.StatusTooManyRequests || wait < 1 || wait > 90 {
			return a, err
		}
		select {
		case <-time.After(time.Duration(wait) * time.Second):
		case <-r.ctx.Done():
			return a, r.ctx.Err()
		}
	}
	return a, err
}

// send sends one request. The body is a form for pages and JSON for the API.
func (r *run) send(to Route, path string, body sent, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(r.ctx, to.Method, r.Base+path, strings.NewReader(body.text))
	if err != nil {
		return answer{}, fmt.Errorf("request %s %s: %w", to.Method, path, err)
	}
	r.addCredential(req, body.kind)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("request %s %s: %w", to.Method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return answer{}, fmt.Errorf("read the response to %s %s: %w", to.Method, path, err)
	}
	for _, h := range momentary {
		resp.Header.Del(h)
	}
	r.row.Asked++
	return answer{resp.StatusCode, resp.Header, unpacked(resp.Header, text)}, nil
}

// unpacked returns a body in searchable form. For an archive, it is all files, with the audit log last, because that contains the
// requests of the check itself.
func unpacked(h http.Header, body []byte) string {
	if h.Get("Content-Type") != "application/zip" {
		return string(body)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return string(body)
	}
	slices.SortStableFunc(z.File, func(a, b *zip.File) int { return strings.Index(a.Name, auditFile) - strings.Index(b.Name, auditFile) })
	var out strings.Builder
	for _, f := range z.File {
		fmt.Fprintln(&out, f.Name)
		if r, err := f.Open(); err == nil {
			_, _ = io.Copy(&out, io.LimitReader(r, 16<<20))
			_ = r.Close()
		}
	}
	return out.String()
}

// auditFile is the name of the audit log in a team's export.
const auditFile = "audit.jsonl"

// addCredential adds the credential in the same way as a browser or a program.
func (r *run) addCredential(req *http.Request, kind string) {
	for name, values := range r.as.Header {
		req.Header[name] = values
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
}

// sent is a body with its content type; the zero value is no body.
type sent struct{ kind, text string }

// body returns a body for a route, with the slug of a team.
func (r *run) body(to Route, slug string, change func(map[string]any)) sent {
	switch {
	case to.Method == http.MethodGet || to.Method == http.MethodHead || to.Method == http.MethodDelete:
		return sent{}
	case to.api():
		fields := r.Document.sample(to)
		if change != nil {
			change(fields)
		}
		return sent{"application/json", toJSON(fields)}
	}
	form := r.as.form(slug)
	if change != nil {
		fields := map[string]any{}
		for name := range form {
			fields[name] = form.Get(name)
		}
		change(fields)
		for name, v := range fields {
			form.Set(name, fmt.Sprint(v))
		}
	}
	return sent{"application/x-www-form-urlencoded", form.Encode()}
}

func toJSON(v any) string {
	var b bytes.Buffer
	_ = json.NewEncoder(&b).Encode(v) // maps of plain values cannot fail
	return b.String()
}

// leak records a leak.
func (r *run) leak(to Route, format string, args ...any) {
	r.row.Leaks = append(r.row.Leaks, to.Method+" "+to.Path+" "+fmt.Sprintf(format, args...))
}

// marked searches a response for another team's texts.
func (r *run) marked(to Route, a answer, what string) {
	for _, m := range r.Marks {
		if strings.Contains(a.body, m) || strings.Contains(fmt.Sprint(a.header), m) {
			r.leak(to, "%s: the response contains %q", what, m)
		}
	}
	if a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable {
		r.leak(to, "%s: status %d, which differs from the response for missing objects", what, a.status)
	}
}

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// same reports whether two responses are identical. If loosely is true, it ignores the request's own data and numbers such as times.
func (r *run) same(to Route, what string, got, want answer, loosely bool) {
	got, want = r.plain(got, loosely), r.plain(want, loosely)
	switch {
	case got.status != want.status:
		r.leak(to, "%s: status %d, but %d for a missing object", what, got.status, want.status)
	case got.body != want.body:
		r.leak(to, "%s: the bodies differ: %s", what, difference(got.body, want.body))
	case fmt.Sprint(got.header) != fmt.Sprint(want.header):
		r.leak(to, "%s: the headers differ: %v, but %v for a missing object", what, got.header, want.header)
	}
}

var digits = regexp.MustCompile(`\d+(\.\d+)?`)

func (r *run) plain(a answer, loosely bool) answer {
	if !loosely {
		return a
	}
	clean := func(s string) string {
		s = ids.ReplaceAllString(s, "ID")
		for _, slug := range []string{r.Theirs.Slug, nowhere} {
			s = strings.ReplaceAll(s, slug, "TEAM")
		}
		return digits.ReplaceAllString(times.ReplaceAllString(s, ""), "0")
	}
	out := answer{a.status, http.Header{}, clean(a.body)}
	for name, values := range a.header {
		out.header.Set(name, clean(strings.Join(values, ", ")))
	}
	return out
}

// difference shows where two texts start to differ.
func difference(got, want string) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	cut := func(s string) string { return s[min(max(at-40, 0), len(s)):min(at+80, len(s))] }
	return fmt.Sprintf("%q, but %q for a missing object", cut(got), cut(want))
}
