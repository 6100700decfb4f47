package e2e

import "net/http"

// minds manages the users of the instance as an admin.
func (p *person) minds(w *world) {
	p.t.Helper()
	page, mo := p.invitesPerson(w)
	p.switchesOff(page, mo)
	p.resets(page, mo)
	p.flags(page, mo)
	p.staysAdmin()
}

// invitesPerson creates a user, who sets a password with the link, and returns the path of the user's page.
func (p *person) invitesPerson(w *world) (page string, mo *person) {
	p.t.Helper()
	p.open("/admin/users")
	p.fill("Name", "Mo Moor")
	p.fill("E-mail", "mo@example.org")
	p.press("Invite user")
	link := p.linkIn("#user-link")
	mo = w.newPerson()
	mo.setsPassword(link, password)
	again := w.newPerson()
	again.open(link)
	again.reads("body", "used") // the link works only once
	p.open("/admin/users?q=moor")
	p.follow("Mo Moor")
	p.reads("h1, .top", "Mo Moor")
	return p.page.URL()[len(p.url):], mo
}

func (p *person) setsPassword(link, secret string) {
	p.t.Helper()
	p.open(link)
	p.fill("New password", secret)
	p.press("Save and sign in")
	p.reads("h2", "You aren't in a team yet.")
}

// switchesOff deactivates a user, who is signed out immediately, and activates them, so that they can sign in again.
func (p *person) switchesOff(page string, mo *person) {
	p.t.Helper()
	p.open(page)
	p.decides("Deactivate")
	p.reads(".toast", "User deactivated and signed out everywhere.")
	mo.open("/account")
	mo.at("/login?next=%2Faccount")
	mo.enter("mo@example.org", password)
	mo.sees(".notice.bad")
	p.press("Activate")
	p.reads(".toast", "User activated")
	mo.enter("mo@example.org", password)
	mo.at("/account")
}

// resets resets a password. The login and the old password stop working, and the link sets a new one.
func (p *person) resets(page string, mo *person) {
	p.t.Helper()
	const fresh = "another long password"
	p.open(page)
	p.decides("Reset password")
	link := p.linkIn("#user-link")
	mo.open("/account")
	mo.at("/login?next=%2Faccount")
	mo.enter("mo@example.org", password)
	mo.sees(".notice.bad")
	mo.setsPassword(link, fresh)
}

// flags sets the admin flag, which opens the console, and removes it, which closes it.
func (p *person) flags(page string, mo *person) {
	p.t.Helper()
	if status := mo.open("/admin"); status != http.StatusNotFound && status != http.StatusForbidden {
		p.t.Errorf("no admin gets %d of the console", status)
	}
	p.open(page)
	p.decides("Make admin")
	p.reads(".toast", "The user is now an admin.")
	if status := mo.open("/admin"); status != http.StatusOK {
		p.t.Errorf("an admin gets %d", status)
	}
	p.decides("Remove admin")
	p.sees("button:has-text('Make admin')")
	if status := mo.open("/admin"); status == http.StatusOK {
		p.t.Error("the console is open to whom the flag was taken")
	}
}

// staysAdmin checks that the last admin cannot lose the flag.
func (p *person) staysAdmin() {
	p.t.Helper()
	p.open("/admin/users?q=root")
	p.follow("Root")
	p.decides("Remove admin")
	p.reads("body", "This is the last admin of the instance. Make someone else an admin first.")
	if status := p.open("/admin"); status != http.StatusOK {
		p.t.Errorf("the last admin gets %d", status)
	}
}
