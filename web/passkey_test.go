package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	vw "github.com/descope/virtualwebauthn"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor/factortest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// device is an authenticator with one key.
type device struct {
	t    *testing.T
	auth vw.Authenticator
	key  vw.Credential
	rp   vw.RelyingParty
}

func newDevice(t *testing.T) *device {
	return &device{t, vw.NewAuthenticator(), factortest.NewKey(), vw.RelyingParty{ID: "localhost", Name: "Industrial Orchestrator", Origin: site}}
}

// ceremony is the passkey form of a page: what the browser is told, and the form with its ticket.
func ceremony(t *testing.T, d *goquery.Document, action string) (options string, form url.Values) {
	t.Helper()
	f := d.Find(`form[action="` + action + `"]`)
	box := f.Closest("[data-passkey]")
	if _, hidden := box.Attr("hidden"); box.Length() != 1 || !hidden {
		t.Fatalf("%s has no hidden form of a passkey", action)
	}
	return box.AttrOr("data-options", ""), url.Values{"ticket": {f.Find("input[name=ticket]").AttrOr("value", "")}}
}

// register adds the device's key on the page of factors.
func (d *device) register(b *browser) answer {
	d.t.Helper()
	options, form := ceremony(d.t, b.get("/account/factors").want(d.t, http.StatusOK).doc(d.t), "/account/factors/passkeys")
	o := must(vw.ParseAttestationOptions(options))(d.t)
	if d.auth.Options.UserHandle == nil {
		d.auth.Options.UserHandle = []byte(o.UserID)
	}
	form.Set("answer", vw.CreateAttestationResponse(d.rp, d.auth, d.key, *o))
	form.Set("name", "work laptop")
	form.Set("password", password)
	d.auth.AddCredential(d.key)
	return b.own("/factors/passkeys", form)
}

// sign answers the ceremony of a page.
func (d *device) sign(page *goquery.Document, action string) url.Values {
	d.t.Helper()
	options, form := ceremony(d.t, page, action)
	d.key.Counter++
	form.Set("answer", vw.CreateAssertionResponse(d.rp, d.auth, d.key, *must(vw.ParseAssertionOptions(options))(d.t)))
	form.Set("next", "/account")
	return form
}

func (b *browser) loginPage() *goquery.Document {
	b.w.t.Helper()
	return b.get("/login").want(b.w.t, http.StatusOK).doc(b.w.t)
}

func TestAPasskeySignsInAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	d := newDevice(t)
	r := d.register(w.signedIn("ann"))
	if r.StatusCode != http.StatusCreated || len(strings.Fields(r.doc(t).Find("#new-codes").Text())) != 10 {
		t.Fatalf("status %d\n%s", r.StatusCode, r.body)
	}
	b := w.browser()
	form := d.sign(b.loginPage(), "/login/passkey")
	if to := b.post("/login/passkey", form).want(t, http.StatusSeeOther).Header.Get("Location"); to != "/account" {
		t.Errorf("it leads to %q", to)
	}
	if page := b.get("/account/factors").want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(page, "work laptop") || strings.Contains(page, "never") {
		t.Error("the passkey, or its use, is not listed")
	}
	w.browser().post("/login/passkey", form).want(t, http.StatusUnauthorized) // the same answer again
}

func TestAPasskeyIsASecondStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	d, foreign := newDevice(t), newDevice(t)
	d.register(w.signedIn("ann")).want(t, http.StatusCreated)
	b := w.half("ann")
	page := b.get("/login/second").want(t, http.StatusOK).doc(t)
	foreign.auth.Options.UserHandle = d.auth.Options.UserHandle
	b.post("/login/second/passkey", foreign.sign(page, "/login/second/passkey")).want(t, http.StatusUnauthorized)
	// What was made for signing in alone is no second step, and the other way round.
	b.post("/login/second/passkey", d.sign(w.browser().loginPage(), "/login/passkey")).want(t, http.StatusUnauthorized)
	w.browser().post("/login/passkey", d.sign(page, "/login/second/passkey")).want(t, http.StatusUnauthorized)
	b.post("/login/second/passkey", d.sign(page, "/login/second/passkey")).want(t, http.StatusSeeOther)
	b.get("/account").want(t, http.StatusOK)
}

func TestAnAnswerThatIsNotRightIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	d := newDevice(t)
	d.register(w.signedIn("ann")).want(t, http.StatusCreated)
	for name, spoil := range map[string]func(*device, url.Values){
		"another origin":  func(d *device, f url.Values) { d.rp.Origin = "http://localhost.evil.example" },
		"another server":  func(d *device, f url.Values) { d.rp.ID = "evil.example" },
		"nobody verified": func(d *device, f url.Values) { d.auth.Options.UserNotVerified = true },
		"another person": func(d *device, f url.Values) {
			d.auth.Options.UserHandle = []byte("0192f3a1-0000-7000-8000-000000000000")
		},
		"another key":      func(d *device, f url.Values) { d.key.Key = factortest.NewKey().Key },
		"a forged ticket":  func(d *device, f url.Values) { f.Set("ticket", "e30.e30") },
		"nothing":          func(d *device, f url.Values) { f.Set("answer", "") },
		"something absurd": func(d *device, f url.Values) { f.Set("answer", `{"id":[],"rawId":7,"response":null}`) },
	} {
		other := *d
		spoil(&other, url.Values{})
		form := other.sign(w.browser().loginPage(), "/login/passkey")
		spoil(&other, form)
		if r := w.browser().post("/login/passkey", form); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: status %d", name, r.StatusCode)
		}
	}
}

// A counter that goes back tells of a copy: the passkey opens nothing from then on, and the step stays.
func TestACopiedPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	d := newDevice(t)
	recovery := strings.Fields(d.register(w.signedIn("ann")).want(t, http.StatusCreated).doc(t).Find("#new-codes").Text())
	first, second := w.browser(), w.browser()
	d.key.Counter = 10
	first.post("/login/passkey", d.sign(first.loginPage(), "/login/passkey")).want(t, http.StatusSeeOther)
	d.key.Counter = 4
	if r := second.post("/login/passkey", d.sign(second.loginPage(), "/login/passkey")).want(t, http.StatusUnauthorized); !strings.Contains(r.body, "counter went backwards, so someone may have a copy of the passkey") {
		t.Error("it is not told why")
	}
	d.key.Counter = 40
	second.post("/login/passkey", d.sign(second.loginPage(), "/login/passkey")).want(t, http.StatusUnauthorized)
	half := w.half("ann")
	half.post("/login/second", url.Values{"code": {recovery[0]}}).want(t, http.StatusSeeOther)
	if page := half.get("/account/factors").doc(t).Find("main").Text(); !strings.Contains(page, "blocked") {
		t.Error("the page does not tell of it")
	}
	id := half.get("/account/factors").doc(t).Find("select[name=passkey] option").AttrOr("value", "")
	half.own("/factors/passkeys/remove", url.Values{"passkey": {id}, "password": {"wrong"}}).want(t, http.StatusUnprocessableEntity)
	half.own("/factors/passkeys/remove", url.Values{"passkey": {id}, "password": {password}}).want(t, http.StatusSeeOther)
	w.signedIn("ann").get("/account").want(t, http.StatusOK)
}

func TestPasskeysAreOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	w.person("acme", "bob", tenant.Lead)
	d := newDevice(t)
	ann, bob := w.signedIn("ann"), w.signedIn("bob")
	d.register(ann).want(t, http.StatusCreated)
	d.register(bob).want(t, http.StatusConflict) // bob's page, and a key that is ann's
	id := ann.get("/account/factors").doc(t).Find("select[name=passkey] option").AttrOr("value", "")
	bob.own("/factors/passkeys/remove", url.Values{"passkey": {id}, "password": {password}}).want(t, http.StatusNotFound)
	ann.get("/account/factors").want(t, http.StatusOK)
	if n := len(must(w.app.People.Factors(t.Context(), w.actor("acme", "ann").User))(t).Passkeys); n != 1 {
		t.Errorf("ann has %d passkeys", n)
	}
}

// Browsers know no passkeys at a bare address or without https, so that none are offered there.
func TestPasskeysAreOfferedWhereBrowsersKnowThem(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"https://agents.example.org": true, "https://agents.example.org:8443": true, "http://localhost:8080": true,
		"http://agents.example.org": false, "http://127.0.0.1:8080": false, "https://[::1]": false, "": false} {
		_, err := factor.NewSite(address, func([]byte) []byte { return nil })
		if (err == nil) != want {
			t.Errorf("%q: %v", address, err)
		}
	}
}
