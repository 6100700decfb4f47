package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	"github.com/industrial-orchestrator/orchestrator/internal/oidc/oidctest"
)

// TestBrowserOIDC signs in through a real identity provider, first in addition to passwords and then instead of them.
func TestBrowserOIDC(t *testing.T) {
	t.Parallel()
	browser(t)
	idp := oidctest.New(t)
	idp.Put("ines", oidctest.Person{Email: "ines@example.org", Verified: true, Name: "Ines", Groups: []string{"heads"}})
	w := newWorld(t, "--oidc-issuer", idp.URL, "--oidc-client-id", oidctest.ClientID, "--oidc-client-secret-file", secretFile(t),
		"--oidc-label", "Foundry ID", "--oidc-group", "heads=acme:lead", "--allow-net", strings.TrimPrefix(idp.URL, "http://"))
	w.provider = idp.URL
	idp.Serves(w.url+"/login/oidc/callback", w.url+"/login")
	w.command("", "tenant", "create", "--slug", "acme", "--name", "Team acme")
	(&team{w: w, slug: "acme"}).join("ada", "lead")

	p := w.newPerson()
	p.open("/t/acme/people")
	p.at("/login?next=%2Ft%2Facme%2Fpeople")
	p.must(p.shoot("login"))
	p.through("ines")
	p.at("/t/acme/people")
	p.reads("#main", "ines@example.org")
	p.must(p.shoot("people"))
	p.open("/account")
	p.reads("#main", "only way to sign in")
	p.must(p.shoot("account"))
	p.press("Sign out")
	p.at("/login")
	if idp.Ended() != 1 {
		t.Errorf("the provider ended %d sessions", idp.Ended())
	}
	p.linksIn(w)
	p.onlyThrough(w)
}

// secretFile creates a file with the client secret.
func secretFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(oidctest.ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// through signs in on the provider's page.
func (p *person) through(subject string) {
	p.t.Helper()
	p.press("Continue with Foundry ID")
	p.must(expect.Locator(p.page.Locator("h1")).ToHaveText("Provider"))
	p.fill("Who are you?", subject)
	p.press("Sign in")
}

// linksIn tries to link a provider account that belongs to somebody else, on the account page of a user with a password.
func (p *person) linksIn(w *world) {
	p.t.Helper()
	ada := w.signIn("ada@example.org")
	ada.open("/account")
	ada.press("Link Foundry ID")
	ada.must(expect.Locator(ada.page.Locator("h1")).ToHaveText("Provider"))
	ada.fill("Who are you?", "ines")
	ada.press("Sign in")
	ada.reads(".notice.bad", "already linked to a person")
	ada.must(ada.shoot("taken"))
	ada.press("Sign out")
	ada.at("/login")
}

// onlyThrough turns off passwords and checks the remaining pages, wide and narrow, dark and light.
func (p *person) onlyThrough(w *world) {
	p.t.Helper()
	w.stop()
	w.flags = append(w.flags, "--oidc-enforced", "--listen", strings.TrimPrefix(w.url, "http://"))
	w.start()
	light := w.newPerson(playwright.BrowserNewContextOptions{Viewport: &playwright.Size{Width: 390, Height: 844}, ColorScheme: playwright.ColorSchemeLight})
	light.open("/login")
	light.lacks("input[type=password]")
	light.must(light.shoot("only-390"))
	light.through("ines")
	light.sees(".tabbar")
	light.open("/account")
	light.lacks("input[type=password]")
	light.must(light.shoot("only-account-390"))
	link := strings.TrimSpace(w.command("", "user", "sign-in", "--email", "ada@example.org"))
	dark := w.newPerson()
	dark.open(strings.TrimPrefix(link[strings.Index(link, "/login/"):], w.url))
	dark.must(dark.shoot("link"))
	dark.press("Sign in")
	dark.sees(".nav")
}
