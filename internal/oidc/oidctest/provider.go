// Package oidctest runs a real OpenID Connect provider (zitadel's) for tests, with people, a sign-in page and the possible failures of
// a provider.
package oidctest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// The registration of the server under test at the provider.
const (
	ClientID     = "orchestrator"
	ClientSecret = "a secret that only the two share"
)

// Person is somebody with an account at the provider. If Groups is nil, the claim is omitted.
type Person struct {
	Email    string
	Verified bool
	Name     string
	Groups   []string
}

// Provider is a running provider. Its methods are safe for concurrent use; its fields are read-only.
type Provider struct {
	URL string

	t      testing.TB
	key    *ecdsa.PrivateKey
	op     *op.Provider
	mu     sync.Mutex
	people map[string]Person
	flows  map[string]*request
	codes  map[string]string
	tokens map[string]string
	client client
	twist  func(claims map[string]any)
	sign   func(claims map[string]any) string
	answer http.HandlerFunc
	ended  int
}

// New starts a provider that stops at the end of the test.
func New(t testing.TB) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{t: t, key: key, people: map[string]Person{}, flows: map[string]*request{}, codes: map[string]string{}, tokens: map[string]string{}}
	p.sign = p.signed
	srv := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(srv.Close)
	p.URL = srv.URL
	p.op, err = op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CodeMethodS256: true, AuthMethodPost: true}, storage{p}, op.StaticIssuer(p.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Serves registers a server's redirect and logout URLs.
func (p *Provider) Serves(redirect, loggedOut string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.client.redirects, p.client.loggedOut = append(p.client.redirects, redirect), append(p.client.loggedOut, loggedOut)
}

// Put creates or changes a person at the provider.
func (p *Provider) Put(subject string, who Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[subject] = who
}

// Slim omits claims about people from ID tokens, so that they must be requested from userinfo.
func (p *Provider) Slim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.client.slim = true
}

// Twist changes the claims of every following ID token before it is signed; nil stops this.
func (p *Provider) Twist(f func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.twist = f
}

// Unsigned makes the following ID tokens claim that they need no signature.
func (p *Provider) Unsigned() { p.signBy(unsigned) }

// Forged signs the following ID tokens with a key that is not the provider's.
func (p *Provider) Forged() {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	p.signBy(func(claims map[string]any) string { return sign(p.t, other, claims) })
}

func (p *Provider) signBy(f func(map[string]any) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sign, p.twist = f, func(map[string]any) {}
}

// Answer handles every following request with f; nil restores the provider.
func (p *Provider) Answer(f http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

// Ended returns the number of sessions that were ended at the provider.
func (p *Provider) Ended() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

func (p *Provider) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	answer, twist := p.answer, p.twist
	p.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, r)
	case r.URL.Path == "/sign-in":
		p.signIn(w, r)
	case r.URL.Path == "/oauth/token" && twist != nil:
		p.twisted(w, r, twist)
	default:
		p.op.ServeHTTP(w, r)
	}
}

// signIn is the provider's sign-in page. It accepts any subject without a password.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	if r.Method != http.MethodPost {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Provider</title><form method="post"><h1>Provider</h1><input type="hidden" name="id" value="%s">
			<label>Who are you? <input name="subject"></label> <button>Sign in</button></form></html>`, html.EscapeString(id))
		return
	}
	p.mu.Lock()
	_, known := p.people[r.FormValue("subject")]
	f := p.flows[id]
	if known && f != nil {
		f.subject, f.at = r.FormValue("subject"), time.Now()
	}
	p.mu.Unlock()
	if !known || f == nil {
		http.Error(w, "unknown", http.StatusForbidden)
		return
	}
	http.Redirect(w, r, op.AuthCallbackURL(p.op)(op.ContextWithIssuer(context.Background(), p.URL), id), http.StatusFound)
}
