package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
)

// named is a world with a person and a host name, because browsers do not support passkeys for IP addresses.
func named(t *testing.T) (w *world, email string) {
	address := freeAddress(t)
	_, port, _ := strings.Cut(address, ":")
	w = newWorld(t, "--listen", address, "--public-url", "http://localhost:"+port)
	w.command("", "tenant", "create", "--slug", "acme", "--name", "Team acme")
	return w, (&team{w: w, slug: "acme"}).join("ada", "lead")
}

// authenticator adds a virtual authenticator to the browser, which stores passkeys and needs no interaction.
func (p *person) authenticator() {
	p.t.Helper()
	cdp, err := p.ctx.NewCDPSession(p.page)
	p.must(err)
	_, err = cdp.Send("WebAuthn.enable", map[string]any{})
	p.must(err)
	_, err = cdp.Send("WebAuthn.addVirtualAuthenticator", map[string]any{"options": map[string]any{"protocol": "ctap2", "transport": "internal",
		"hasResidentKey": true, "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true}})
	p.must(err)
}

// TestBrowserPasskey adds a passkey, signs in with only the passkey and with it as the second step, and removes it.
func TestBrowserPasskey(t *testing.T) {
	t.Parallel()
	browser(t)
	w, email := named(t)
	p := w.signIn(email)
	p.authenticator()
	p.open("/account/factors")
	p.fill("Passkey name", "work laptop")
	p.must(p.page.Locator("#passkey-password").Fill(password))
	p.press("Add passkey")
	p.reads(".notice.ok", "These are your recovery codes.")
	p.shows("added")
	p.press("Sign out")
	p.press("Sign in with a passkey")
	p.sees(".nav")
	p.press("Sign out")
	p.enter(email, password)
	p.reads("h2", "Second factor")
	p.shows("second")
	p.press("Use a passkey")
	p.sees(".nav")
	p.open("/account/factors")
	p.must(p.page.Locator("#remove-password").Fill(password))
	p.press("Remove passkey")
	p.reads("#main", "You have no passkeys yet.")
}

// shows saves a screenshot if screenshots are enabled.
func (p *person) shows(name string) { p.must(p.shoot(name)) }

// TestBrowserAuthenticatorApp sets up an app, signs in with its codes and with a recovery code, and turns it off. An operator removes
// lost factors.
func TestBrowserAuthenticatorApp(t *testing.T) {
	t.Parallel()
	browser(t)
	w, email := named(t)
	p := w.signIn(email)
	p.open("/account")
	p.follow("Manage second factors")
	p.must(p.page.Locator("#app-password").Fill(password))
	p.press("Set up an authenticator app")
	p.sees("svg.qr")
	p.shows("set-up")
	key := strings.ReplaceAll(p.texts("#app-key")[0], " ", "")
	p.fill("Code", p.code(key, -30*time.Second))
	p.press("Turn on")
	recovery := strings.Fields(p.texts("#new-codes")[0])
	p.press("Sign out")
	p.enter(email, password)
	p.fill("Code", "000000")
	p.press("Sign in")
	p.reads(".notice.bad", "The code does not match.")
	p.fill("Code", p.code(key, 0))
	p.press("Sign in")
	p.sees(".nav")
	p.press("Sign out")
	p.enter(email, password)
	p.fill("Code", recovery[0])
	p.press("Sign in")
	p.sees(".nav")
	w.command("", "user", "factors", "clear", "--email", email)
	p.open("/account")
	p.at("/login?next=%2Faccount")
	p.enter(email, password)
	p.at("/account")
}

// code returns the current code of an authenticator app.
func (p *person) code(key string, from time.Duration) string {
	p.t.Helper()
	c, err := factor.Code(key, time.Now().Add(from))
	p.must(err)
	return c
}

// TestBrowserFactorPages checks the pages of second factors with axe and the layout rules, and uses them without JavaScript.
func TestBrowserFactorPages(t *testing.T) {
	t.Parallel()
	browser(t)
	w, email := named(t)
	p := w.signIn(email, w.auditor()).bringsAxe()
	p.authenticator()
	p.sound("factors", "/account/factors", http.StatusOK)
	p.fill("Passkey name", "work laptop")
	p.must(p.page.Locator("#passkey-password").Fill(password))
	p.press("Add passkey")
	p.sees("#new-codes")
	p.audits("codes")
	p.must(p.page.Locator("#app-password").Fill(password))
	p.press("Set up an authenticator app")
	p.sees("svg.qr")
	p.audits("set-up")
	key := strings.ReplaceAll(p.texts("#app-key")[0], " ", "")
	p.fill("Code", p.code(key, -30*time.Second))
	p.press("Turn on")
	p.sees("#off-code")
	p.audits("on")
	q := w.newPerson(w.auditor()).bringsAxe()
	q.sound("sign-in", "/login", http.StatusOK)
	q.enter(email, password)
	q.sees("text=Use a passkey")
	q.audits("second")
	w.withoutScript(email, p.code(key, 0))
}

// withoutScript signs in with a code without JavaScript. The page offers nothing that needs JavaScript.
func (w *world) withoutScript(email, code string) {
	w.t.Helper()
	p := w.newPerson(playwright.BrowserNewContextOptions{JavaScriptEnabled: playwright.Bool(false)})
	p.open("/login")
	p.lacks("button:has-text('passkey'):visible")
	p.enter(email, password)
	p.lacks("button:has-text('passkey'):visible")
	p.fill("Code", code)
	p.press("Sign in")
	p.sees(".nav")
	p.open("/account/factors")
	p.must(p.page.Locator("#recovery-password").Fill(password))
	p.press("Create new codes")
	p.sees("#new-codes")
}
