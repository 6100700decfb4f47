package oidctest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Visit signs a person in at the provider like a browser, starting at the URL to which the server under test redirects. It returns the
// URL to which the provider redirects back.
func (p *Provider) Visit(t testing.TB, at, subject string) string {
	t.Helper()
	// The end of any test's server closes the idle connections of the default transport, also those that a parallel test is about to use.
	own := &http.Transport{}
	defer own.CloseIdleConnections()
	browser := &http.Client{Transport: own, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 5 {
		resp, err := browser.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		to, err := resp.Location()
		if err != nil {
			t.Fatalf("the provider answers %s with status %d and leads nowhere", at, resp.StatusCode)
		}
		if at = to.String(); !strings.HasPrefix(at, p.URL) {
			return at
		}
		if to.Path == "/sign-in" {
			at = p.submit(t, browser, to, subject)
		}
	}
	t.Fatal("the provider sends the browser round and round")
	return ""
}

func (p *Provider) submit(t testing.TB, browser *http.Client, page *url.URL, subject string) string {
	t.Helper()
	resp, err := browser.PostForm(page.String(), url.Values{"id": {page.Query().Get("id")}, "subject": {subject}})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		t.Fatalf("the provider does not sign %q in: status %d", subject, resp.StatusCode)
	}
	return to.String()
}
