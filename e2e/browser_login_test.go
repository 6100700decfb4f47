package e2e

import (
	"net/http"
	"testing"
)

// TestBrowserSignIn signs in and out, enters wrong passwords, ends other logins and changes the password.
func TestBrowserSignIn(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	w.command("", "tenant", "create", "--slug", "acme", "--name", "Team acme")
	m := &team{w: w, slug: "acme"}
	email := m.join("ada", "lead")
	p := w.newPerson()
	p.mistypes(email)
	p.open("/account")
	p.at("/login?next=%2Faccount")
	p.enter(email, password)
	p.at("/account")
	p.revokes(w.signIn(email))
	p.changesPassword(w.signIn(email))
	p.press("Sign out")
	p.at("/login")
	p.open("/account")
	p.at("/login?next=%2Faccount")
}

// mistypes enters wrong passwords until the page shows the remaining attempts. An unknown user sees the same.
func (p *person) mistypes(email string) {
	p.t.Helper()
	p.open("/login")
	p.enter("nobody@example.org", "not the password")
	p.reads(".notice.bad", "The e-mail address or password is incorrect.")
	stranger := p.texts(".notice.bad")
	p.enter(email, "not the password")
	p.reads(".notice.bad", "The e-mail address or password is incorrect.")
	if known := p.texts(".notice.bad"); known[0] != stranger[0] {
		p.t.Errorf("a known person reads %q, a stranger %q", known, stranger)
	}
	if kept, err := p.page.GetByLabel("E-mail").InputValue(); err != nil || kept != email {
		p.t.Errorf("the e-mail is %q: %v", kept, err)
	}
	p.enter(email, "still not the password")
	p.reads(".notice.bad", "3 attempts are left before sign-in pauses for 15 minutes.")
}

// revokes ends the login of the person's other browser, which is signed out immediately, including its stream.
func (p *person) revokes(other *person) {
	p.t.Helper()
	other.open("/t/acme/sessions")
	other.sees("[data-stream][data-live=yes]")
	p.open("/account")
	p.reads("#main", "this browser")
	p.must(p.page.Locator("tr:not(:has-text('this browser')) form[action$='/revoke'] button").First().Click())
	p.must(expect.Locator(p.page.Locator("form[action*='/logins/']")).ToHaveCount(1))
	other.must(expect.Page(other.page).ToHaveURL(p.url + "/login?next=%2Ft%2Facme%2Fsessions"))
}

// changesPassword keeps this login and ends the other one. Only the new password works.
func (p *person) changesPassword(other *person) {
	p.t.Helper()
	const fresh = "another long password"
	p.open("/account")
	p.fill("Current password", "not the password")
	p.fill("New password", fresh)
	p.press("Change password")
	p.sees("#f-old_password[aria-invalid=true]")
	p.fill("Current password", password)
	p.fill("New password", fresh)
	p.press("Change password")
	p.reads(".toast", "assword")
	if status := other.open("/account"); status != http.StatusOK || other.page.URL() == p.url+"/account" {
		p.t.Errorf("the other browser still has the account: %d at %s", status, other.page.URL())
	}
	other.enter("ada@example.org", password)
	other.sees(".notice.bad")
	other.enter("ada@example.org", fresh)
	other.at("/account")
}
