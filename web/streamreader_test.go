package web_test

import (
	"bufio"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// message is one server-sent event.
type message struct{ id, name, data string }

// stream is an open event stream; its messages arrive on a channel that is closed at its end.
type stream struct {
	t        *testing.T
	messages chan message
	stop     context.CancelFunc
}

func (b *browser) stream(path string, header ...string) *stream {
	b.w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	b.w.t.Cleanup(stop)
	client := &http.Client{Jar: b.http.Jar}
	resp, err := client.Do(b.request(http.MethodGet, path, nil, header...).WithContext(ctx))
	if err != nil {
		b.w.t.Fatal(err)
	}
	if ct := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(ct, "text/event-stream") {
		b.w.t.Fatalf("stream %s: status %d, %s", path, resp.StatusCode, ct)
	}
	s := &stream{b.w.t, make(chan message, 1000), stop}
	go func() {
		defer close(s.messages)
		defer resp.Body.Close()
		s.read(bufio.NewReaderSize(resp.Body, 1<<20))
	}()
	return s
}

func (s *stream) read(r *bufio.Reader) {
	var m message
	var data []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "id":
			m.id = value
		case "event":
			m.name = value
		case "data":
			data = append(data, value)
		case "":
			if m.data = strings.Join(data, "\n"); m != (message{}) {
				s.messages <- m
			}
			m, data = message{}, nil
		}
	}
}

const patience = 10 * time.Second

// until reads messages up to the first that fits and answers all of them.
func (s *stream) until(what string, fits func(message) bool) []message {
	s.t.Helper()
	var seen []message
	deadline := time.After(patience)
	for {
		select {
		case m, open := <-s.messages:
			if !open {
				s.t.Fatalf("the stream ended before %s", what)
			}
			if seen = append(seen, m); fits(m) {
				return seen
			}
		case <-deadline:
			s.t.Fatalf("no %s within %s; %d messages came, the last: %+v", what, patience, len(seen), last(seen))
		}
	}
}

func last(ms []message) message {
	if len(ms) == 0 {
		return message{}
	}
	return ms[len(ms)-1]
}

// end waits until the server ends the stream and answers what came before.
func (s *stream) end(within time.Duration) []message {
	s.t.Helper()
	var seen []message
	deadline := time.After(within)
	for {
		select {
		case m, open := <-s.messages:
			if !open {
				return seen
			}
			seen = append(seen, m)
		case <-deadline:
			s.t.Fatalf("the stream still stands after %s", within)
		}
	}
}

var partials = regexp.MustCompile(`(?s)<hx-partial hx-target="([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>`)

// apply does to a page what htmx does with a message.
func apply(page *goquery.Document, ms ...message) {
	for _, m := range ms {
		for _, p := range partials.FindAllStringSubmatch(m.data, -1) {
			target := page.Find(p[1])
			switch p[2] {
			case "beforeend":
				target.AppendHtml(p[3])
			case "innerMorph":
				target.SetHtml(p[3])
			case "beforebegin":
				target.BeforeHtml(p[3])
			case "afterbegin":
				target.PrependHtml(p[3])
			case "innerHTML":
				target.SetHtml(p[3])
			case "delete":
				target.Remove()
			case "outerMorph":
				target.ReplaceWithHtml(p[3])
			}
		}
	}
}

var (
	blanks   = regexp.MustCompile(`\s+`)
	between  = regexp.MustCompile(`> <`)
	tokenish = regexp.MustCompile(`(name="csrf" value=")[^"]*`)
)

// shown is a part of a page as text that two pages can be compared by.
func shown(t *testing.T, page *goquery.Document, selector string) string {
	t.Helper()
	html, err := goquery.OuterHtml(page.Find(selector))
	if err != nil || html == "" {
		t.Fatalf("nothing is at %s: %v", selector, err)
	}
	html = tokenish.ReplaceAllString(blanks.ReplaceAllString(html, " "), "$1")
	return between.ReplaceAllString(html, ">\n<")
}
