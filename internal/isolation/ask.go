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

// client never follows: where a stranger is sent is part of the answer.
var client = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// answer is what can be compared of a response.
type answer struct {
	status int
	header http.Header
	body   string
}

// momentary are the headers that differ between any two answers.
var momentary = []string{"Date", "X-Request-Id", "Set-Cookie", "Ratelimit", "Ratelimit-Policy", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"}

// ask sends one request as the asker, and again where the server asks for a moment's patience.
func (r *run) ask(to Route, path string, body sent, header ...string) (a answer, err error) {
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

// send sends one request. The body fits the route: a form for pages, JSON for the API.
func (r *run) send(to Route, path string, body sent, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(r.ctx, to.Method, r.Base+path, strings.NewReader(body.text))
	if err != nil {
		return answer{}, fmt.Errorf("ask %s %s: %w", to.Method, path, err)
	}
	r.show(req, body.kind)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("ask %s %s: %w", to.Method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer to %s %s: %w", to.Method, path, err)
	}
	for _, h := range momentary {
		resp.Header.Del(h)
	}
	r.row.Asked++
	return answer{resp.StatusCode, resp.Header, unpacked(resp.Header, text)}, nil
}

// unpacked is a body as it can be searched: an archive's files one after the other, and last the audit log, which tells of the
// questions themselves.
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

// show sends the credential as a browser or a program does.
func (r *run) show(req *http.Request, kind string) {
	for name, values := range r.as.Header {
		req.Header[name] = values
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
}

// sent is a body with its kind; the zero value is none.
type sent struct{ kind, text string }

// body is what a route is sent that takes one, in the name of a team.
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

// leak writes down what an answer gives away.
func (r *run) leak(to Route, format string, args ...any) {
	r.row.Leaks = append(r.row.Leaks, to.Method+" "+to.Path+" "+fmt.Sprintf(format, args...))
}

// marked looks for another team's texts in an answer.
func (r *run) marked(to Route, a answer, what string) {
	for _, m := range r.Marks {
		if strings.Contains(a.body, m) || strings.Contains(fmt.Sprint(a.header), m) {
			r.leak(to, "%s: the answer holds %q", what, m)
		}
	}
	if a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable {
		r.leak(to, "%s: status %d; a failure can be told from what is not there", what, a.status)
	}
}

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// same says whether two answers are alike to the byte; loosely, but for what was sent and numbers such as times.
func (r *run) same(to Route, what string, got, want answer, loosely bool) {
	got, want = r.plain(got, loosely), r.plain(want, loosely)
	switch {
	case got.status != want.status:
		r.leak(to, "%s: status %d, and %d about what is not there", what, got.status, want.status)
	case got.body != want.body:
		r.leak(to, "%s: the bodies differ: %s", what, difference(got.body, want.body))
	case fmt.Sprint(got.header) != fmt.Sprint(want.header):
		r.leak(to, "%s: the headers differ: %v, and %v about what is not there", what, got.header, want.header)
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

// difference is where two texts part.
func difference(got, want string) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	cut := func(s string) string { return s[min(max(at-40, 0), len(s)):min(at+80, len(s))] }
	return fmt.Sprintf("%q, and %q about what is not there", cut(got), cut(want))
}
