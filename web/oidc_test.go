package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/oidc"
	"github.com/industrial-orchestrator/orchestrator/internal/oidc/oidctest"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// public is the address that the provider sends browsers back to; a browser of the tests finds the world there.
const public = "http://orchestrator.test"

// withProvider is a world whose people may sign in through a real provider, where ann is a lead of acme by her group.
func withProvider(t *testing.T, change ...func(*apppeople.OIDC)) (*world, *oidctest.Provider) {
	t.Helper()
	p := oidctest.New(t)
	p.Serves(public+"/login/oidc/callback", public+"/login")
	p.Put("ann", oidctest.Person{Email: "ann@example.org", Verified: true, Name: "Ann", Groups: []string{"heads"}})
	o := &apppeople.OIDC{Issuer: p.URL, Label: "Foundry ID", LoginFor: 12 * time.Hour, Rules: []user.GroupRule{{Group: "heads", Slug: "acme", Role: tenant.Lead}, {Group: "devs", Slug: "acme", Role: tenant.Member}},
		Provider: oidc.New(oidc.Options{Issuer: p.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, Redirect: public + "/login/oidc/callback",
			Scopes: []string{"email", "profile"}, GroupsClaim: "groups", HTTP: http.DefaultClient})}
	for _, c := range change {
		c(o)
	}
	w := newWorldWith(t, o, func(o *webkit.Options) { o.PublicURL = public })
	w.team("acme")
	return w, p
}

func enforced(o *apppeople.OIDC) { o.Enforced = true }

// leaves begins to sign in and gives the address at the provider.
func (b *browser) leaves(next string) string {
	b.w.t.Helper()
	return elsewhereOf(b.w.t, b.post("/login/oidc", url.Values{"next": {next}}).want(b.w.t, http.StatusOK))
}

// elsewhereOf is where an answer sends the browser, by itself and by its link.
func elsewhereOf(t *testing.T, a answer) string {
	t.Helper()
	to, found := strings.CutPrefix(a.Header.Get("Refresh"), "0;url=")
	if link, _ := a.doc(t).Find("main .r a.btn").Attr("href"); !found || link != to {
		t.Fatalf("the page leads to %q by itself and to %q by its link", to, link)
	}
	return to
}

// back is the path here of an address that the provider sends a browser to.
func back(t *testing.T, to string) string {
	t.Helper()
	path, ok := strings.CutPrefix(to, public)
	if !ok {
		t.Fatalf("the provider sends the browser to %q", to)
	}
	return path
}

// through signs a browser in at the provider and gives the answer to its return.
func (b *browser) through(p *oidctest.Provider, subject, next string) answer {
	b.w.t.Helper()
	return b.get(back(b.w.t, p.Visit(b.w.t, b.leaves(next), subject)), "Sec-Fetch-Site", "cross-site")
}

// refusedAt wants the sign-in page with words.
func (a answer) refusedAt(t *testing.T, status int, says string) {
	t.Helper()
	if text := a.want(t, status).doc(t).Find(".notice.bad").Text(); !strings.Contains(text, says) {
		t.Errorf("the sign-in page says %q, not %q", text, says)
	}
}

func TestSignInThroughTheProvider(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	b := w.browser()
	to := b.get("/t/acme/people").want(t, http.StatusSeeOther).Header.Get("Location")
	d := b.get(to).want(t, http.StatusOK).doc(t)
	form := d.Find(`form[action="/login/oidc"]`)
	if !strings.Contains(form.Find("button").Text(), "Continue with Foundry ID") || d.Find(`form[action="/login"]`).Length() != 1 {
		t.Fatal("the sign-in page does not offer both ways")
	}
	next, _ := form.Find("input[name=next]").Attr("value")
	r := b.through(p, "ann", next).want(t, http.StatusSeeOther)
	if got := r.Header.Get("Location"); got != "/t/acme/people" {
		t.Errorf("signing in leads to %q", got)
	}
	if page := b.get("/t/acme/people").want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(page, "ann@example.org") {
		t.Error("the team's page does not name who has come")
	}
	u := must(w.app.People.PersonByEmail(t.Context(), "ann@example.org"))(t)
	l := must(w.app.People.Logins(t.Context(), u.ID))(t)
	if len(l) != 1 || l[0].Via != user.ByProvider || l[0].Expires.Sub(l[0].CreatedAt) != 12*time.Hour {
		t.Errorf("logins %+v", l)
	}
}

// T-45: what a browser held before it signed in is worth nothing afterwards, and neither is what it held for the way.
func TestT45SigningInThroughTheProviderRenamesTheCookie(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	b := w.browser()
	to := b.leaves("/")
	planted := b.cookie()
	callback := back(t, p.Visit(t, to, "ann"))
	b.get(callback).want(t, http.StatusSeeOther)
	if planted == "" || b.cookie() == planted {
		t.Errorf("the cookie %q is still %q", planted, b.cookie())
	}
	w.browser().get("/t/acme", "Cookie", "session="+planted).want(t, http.StatusSeeOther)
	b.get("/t/acme").want(t, http.StatusOK)
	b.get(callback).refusedAt(t, http.StatusUnauthorized, "has already been used")
	w.browser().get(callback, "Cookie", "session="+planted).refusedAt(t, http.StatusUnauthorized, "started in another browser")
}

func TestAnAnswerThatIsNotThisBrowsersIsRefused(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	for name, spoil := range map[string]func(*browser, url.Values) *browser{
		"another state":     func(b *browser, q url.Values) *browser { q.Set("state", "made up"); return b },
		"no state":          func(b *browser, q url.Values) *browser { q.Del("state"); return b },
		"no code":           func(b *browser, q url.Values) *browser { q.Del("code"); return b },
		"a made up code":    func(b *browser, q url.Values) *browser { q.Set("code", "made up"); return b },
		"another issuer":    func(b *browser, q url.Values) *browser { q.Set("iss", "https://evil.example.org"); return b },
		"turned back there": func(b *browser, q url.Values) *browser { q.Set("error", "access_denied"); return b },
		"another browser":   func(b *browser, _ url.Values) *browser { return w.browser() },
		"a flow of another browser": func(b *browser, _ url.Values) *browser {
			other := w.browser()
			other.leaves("/")
			return other
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			u, _ := url.Parse(back(t, p.Visit(t, b.leaves("/"), "ann")))
			q := u.Query()
			b = spoil(b, q)
			r := b.get(u.Path + "?" + q.Encode())
			if r.StatusCode < 400 || r.doc(t).Find(`form[action="/login/oidc"]`).Length() != 1 || r.doc(t).Find(".notice.bad").Length() != 1 {
				t.Errorf("status %d, and no page to begin again at", r.StatusCode)
			}
			b.get("/account").want(t, http.StatusSeeOther)
		})
	}
	if _, err := w.app.People.PersonByEmail(t.Context(), "ann@example.org"); err == nil {
		t.Error("somebody was made")
	}
}

// What was begun is good for one try: nobody can try states against it.
func TestAWrongAnswerUsesUpWhatWasBegun(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	b := w.browser()
	callback := back(t, p.Visit(t, b.leaves("/"), "ann"))
	b.get("/login/oidc/callback?code=x&state=guessed").refusedAt(t, http.StatusUnauthorized, "does not belong")
	b.get(callback).refusedAt(t, http.StatusUnauthorized, "started in another browser")
	b.through(p, "ann", "/").want(t, http.StatusSeeOther)
}

// T-45: the whole way refuses tokens that do not hold; which ones is tried in internal/oidc.
func TestT45ATokenThatDoesNotHoldSignsNobodyIn(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	for name, spoil := range map[string]func(){
		"nonce":    func() { p.Twist(func(c map[string]any) { c["nonce"] = "another" }) },
		"audience": func() { p.Twist(func(c map[string]any) { c["aud"] = "another" }) },
		"expired":  func() { p.Twist(func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }) },
		"none":     p.Unsigned,
	} {
		t.Run(name, func(t *testing.T) {
			spoil()
			w.browser().through(p, "ann", "/").refusedAt(t, http.StatusUnauthorized, "Start again")
		})
	}
	rows := must(w.app.Console.InstanceAudit(t.Context(), tenant.Actor{Admin: true}, audit.Filter{Verb: "sign_in", Result: audit.Refused}))(t)
	if len(rows.Items) == 0 || rows.Items[0].Via != "oidc" {
		t.Errorf("refused sign-ins are not written down: %+v", rows.Items)
	}
}

func TestAnUnverifiedAddressMakesAndLinksNobody(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t, func(o *apppeople.OIDC) { o.LinkEmail, o.SignUp = true, true })
	w.person("acme", "bob", tenant.Lead)
	for _, email := range []string{"bob@example.org", "new@example.org"} {
		p.Put("mallory", oidctest.Person{Email: email, Name: "Mallory", Groups: []string{"heads"}})
		w.browser().through(p, "mallory", "/").refusedAt(t, http.StatusForbidden, "has not verified your e-mail address")
	}
	p.Put("bob", oidctest.Person{Email: "Bob@example.org", Verified: true, Name: "Bob"})
	b := w.browser()
	b.through(p, "bob", "/").want(t, http.StatusSeeOther)
	if text := b.get("/account").want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(text, "bob@example.org") || !strings.Contains(text, "Bob@example.org") {
		t.Error("the verified address did not link bob")
	}
}

func TestGroupsAreAppliedAtEverySignIn(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	w.person("acme", "lead", tenant.Lead)
	b := w.browser()
	b.through(p, "ann", "/").want(t, http.StatusSeeOther)
	b.get("/t/acme/audit").want(t, http.StatusOK)
	p.Put("ann", oidctest.Person{Email: "ann@example.org", Verified: true, Name: "Ann", Groups: []string{"devs"}})
	b.through(p, "ann", "/").want(t, http.StatusSeeOther)
	b.get("/t/acme").want(t, http.StatusOK)
	b.get("/t/acme/audit").want(t, http.StatusForbidden)
	p.Put("ann", oidctest.Person{Email: "ann@example.org", Verified: true, Name: "Ann", Groups: []string{"strangers"}})
	b.through(p, "ann", "/t/acme").want(t, http.StatusSeeOther)
	b.get("/t/acme").want(t, http.StatusNotFound)
}

func TestWhoIsDeactivatedHereStaysOut(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	b := w.browser()
	b.through(p, "ann", "/").want(t, http.StatusSeeOther)
	u := must(w.app.People.PersonByEmail(t.Context(), "ann@example.org"))(t)
	if err := w.app.People.DeactivatePerson(context.Background(), appkernel.Operator(), u.ID); err != nil {
		t.Fatal(err)
	}
	b.get("/t/acme").want(t, http.StatusSeeOther)
	b.through(p, "ann", "/").refusedAt(t, http.StatusForbidden, "deactivated")
}

func TestAProviderThatIsDownIsSaidOnTheSignInPage(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	p.Answer(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "maintenance", http.StatusServiceUnavailable)
	})
	w.browser().post("/login/oidc", url.Values{}).refusedAt(t, http.StatusServiceUnavailable, "invalid response")
	p.Answer(nil)
	b := w.browser()
	callback := back(t, p.Visit(t, b.leaves("/"), "ann"))
	p.Answer(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "maintenance", http.StatusServiceUnavailable)
	})
	b.get(callback).refusedAt(t, http.StatusServiceUnavailable, "invalid response")
	p.Answer(nil)
	b.through(p, "ann", "/").want(t, http.StatusSeeOther)
}

func TestTheWayThroughTheProviderLeadsToNoOtherSite(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	for next, want := range map[string]string{"/t/acme?x=1": "/t/acme?x=1", "": "/", "https://evil.example.org": "/", "//evil.example.org": "/", `/\evil.example.org`: "/",
		"/%09/evil.example.org\t": "/", "javascript:alert(1)": "/", "/login?next=//evil.example.org": "/", "evil.example.org": "/", "/login/oidc/callback": "/"} {
		b := w.browser()
		if got := b.through(p, "ann", next).want(t, http.StatusSeeOther).Header.Get("Location"); got != want {
			t.Errorf("next=%q leads to %q, want %q", next, got, want)
		}
	}
	// What the provider's answer says about a way is not listened to.
	b := w.browser()
	callback := back(t, p.Visit(t, b.leaves("/account"), "ann"))
	if got := b.get(callback+"&next=https://evil.example.org").want(t, http.StatusSeeOther).Header.Get("Location"); got != "/account" {
		t.Errorf("a way in the answer leads to %q", got)
	}
}

func TestSigningOutEndsTheSessionAtTheProviderToo(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	w.person("acme", "bob", tenant.Lead)
	b := w.browser()
	b.through(p, "ann", "/").want(t, http.StatusSeeOther)
	end := elsewhereOf(t, b.post("/logout", url.Values{"csrf": {b.csrf()}}).want(t, http.StatusOK))
	b.get("/account").want(t, http.StatusSeeOther)
	if !strings.HasPrefix(end, p.URL+"/end_session") {
		t.Fatalf("signing out leads to %q", end)
	}
	if got := p.Visit(t, end, "ann"); got != public+"/login" || p.Ended() != 1 {
		t.Errorf("the provider sends the browser to %q after it ended %d sessions", got, p.Ended())
	}
	b = w.signedIn("bob")
	if to := b.post("/logout", url.Values{"csrf": {b.csrf()}}).want(t, http.StatusSeeOther).Header.Get("Location"); to != "/login" {
		t.Errorf("a login with a password ends at %q", to)
	}
}

func TestAnAccountIsLinkedAndUnlinkedOnTheAccountPage(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	w.person("acme", "bob", tenant.Lead)
	p.Put("bob-there", oidctest.Person{Email: "robert@example.org", Name: "Bob"})
	b := w.signedIn("bob")
	if b.get("/account").doc(t).Find(`form[action="/account/identity"]`).Length() != 1 {
		t.Fatal("the account page offers no link")
	}
	b.post("/account/identity", url.Values{"csrf": {"made up"}}).want(t, http.StatusForbidden)
	to := elsewhereOf(t, b.own("/identity", url.Values{}).want(t, http.StatusOK))
	done := b.get(back(t, p.Visit(t, to, "bob-there"))).want(t, http.StatusSeeOther).Header.Get("Location")
	d := b.get(done).want(t, http.StatusOK).doc(t)
	if !strings.Contains(d.Find("main").Text(), "robert@example.org") || !strings.Contains(d.Find("#toasts").Text(), "linked") {
		t.Error("the linked account is not shown")
	}
	there := w.browser()
	there.through(p, "bob-there", "/account").want(t, http.StatusSeeOther)
	there.get("/account").want(t, http.StatusOK)
	b.own("/identity/unlink", url.Values{}).want(t, http.StatusSeeOther)
	there.get("/account").want(t, http.StatusSeeOther)
	there.through(p, "bob-there", "/").want(t, http.StatusForbidden)
	// Ann's account is Ann's.
	w.browser().through(p, "ann", "/").want(t, http.StatusSeeOther)
	to = elsewhereOf(t, b.own("/identity", url.Values{}).want(t, http.StatusOK))
	r := b.get(back(t, p.Visit(t, to, "ann"))).want(t, http.StatusConflict)
	if !strings.Contains(r.doc(t).Find("main .notice.bad").Text(), "already linked to a person") {
		t.Error("the account page does not say why nothing was linked")
	}
}

func TestWhoHasNoPasswordCannotCutTheOnlyWayIn(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t)
	b := w.browser()
	b.through(p, "ann", "/").want(t, http.StatusSeeOther)
	d := b.get("/account").want(t, http.StatusOK).doc(t)
	if d.Find(`form[action="/account/identity/unlink"] button`).Length() != 0 || d.Find(`form[action="/account/password"]`).Length() != 0 || !strings.Contains(d.Find("main").Text(), "only way to sign in") {
		t.Error("the account page draws what cannot be done, or does not say why")
	}
	b.own("/identity/unlink", url.Values{}).want(t, http.StatusConflict)
	b.own("/password", url.Values{"old_password": {""}, "password": {"a wholly new secret"}}).want(t, http.StatusUnprocessableEntity)
}

// T-46: while the provider is enforced no route signs in with a password or sets one, none is drawn, and each says why.
func TestT46EnforcedSignInClosesEveryPasswordRoute(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t, enforced)
	open := app.New(app.Options{DB: w.db, Hub: w.app.Kernel.Hub})
	bob := must(open.People.CreateUser(t.Context(), "bob@example.org", "bob", password, false))(t)
	if err := w.app.People.AddMember(t.Context(), "acme", bob.Email, tenant.Lead); err != nil {
		t.Fatal(err)
	}
	setup, reset := must(open.People.NewSetupLink(t.Context()))(t), must(open.People.ResetPerson(t.Context(), appkernel.Operator(), bob.ID))(t)
	invitation, _, err := w.app.People.Invite(t.Context(), w.actor("acme", "bob"), "new@example.org", tenant.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	secret := url.Values{"email": {"bob@example.org"}, "password": {password}, "name": {"N"}, "team_name": {"Gamma"}, "team_slug": {"gamma"}, "old_password": {password}}
	stranger, ann := w.browser(), w.browser()
	ann.through(p, "ann", "/").want(t, http.StatusSeeOther)
	for _, r := range []answer{
		stranger.post("/login", secret), stranger.get("/setup/" + setup), stranger.post("/setup/"+setup, secret), stranger.post("/invitations/"+invitation, secret),
		stranger.get("/reset/" + reset), stranger.post("/reset/"+reset, secret), ann.own("/password", secret),
	} {
		text := r.want(t, http.StatusForbidden).doc(t).Text()
		if !strings.Contains(text, "Passwords are turned off on this server. Sign in with Foundry ID") {
			t.Errorf("%s %s does not say why: %s", r.Request.Method, r.Request.URL.Path, text)
		}
	}
	for path, b := range map[string]*browser{"/login": stranger, "/invitations/" + invitation: stranger, "/account": ann} {
		d := b.get(path).want(t, http.StatusOK).doc(t)
		if d.Find("input[type=password]").Length() != 0 || d.Find(`form[action="/account/identity/unlink"] button`).Length() != 0 {
			t.Errorf("%s draws what is closed", path)
		}
	}
	if stranger.get("/login").doc(t).Find(`form[action="/login/oidc"] .btn.primary`).Length() != 1 {
		t.Error("the provider's button is not the sign-in page's own")
	}
	p.Put("new", oidctest.Person{Email: "new@example.org", Verified: true, Name: "New"})
	if to := stranger.through(p, "new", "/invitations/"+invitation).want(t, http.StatusSeeOther).Header.Get("Location"); to != "/invitations/"+invitation {
		t.Fatalf("the invited person lands on %q", to)
	}
	stranger.post("/invitations/"+invitation+"/accept", url.Values{"csrf": {stranger.csrf()}}).want(t, http.StatusSeeOther)
	stranger.get("/t/acme").want(t, http.StatusOK)
}

func TestTheOperatorsLinkSignsInOnceByAButton(t *testing.T) {
	t.Parallel()
	w, p := withProvider(t, enforced)
	w.browser().through(p, "ann", "/").want(t, http.StatusSeeOther)
	u := must(w.app.People.PersonByEmail(t.Context(), "ann@example.org"))(t)
	token := must(w.app.People.LinkLogin(t.Context(), appkernel.Operator(), u.ID))(t)
	p.Answer(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusBadGateway) })
	b := w.browser()
	for range 2 { // looking at it uses nothing up
		if !strings.Contains(b.get("/login/link/"+token).want(t, http.StatusOK).doc(t).Text(), "ann@example.org") {
			t.Error("the page does not say whom it signs in")
		}
	}
	b.post("/login/link/"+token, url.Values{}).want(t, http.StatusSeeOther)
	b.get("/t/acme").want(t, http.StatusOK)
	w.browser().post("/login/link/"+token, url.Values{}).want(t, http.StatusForbidden)
	w.browser().get("/login/link/"+token).want(t, http.StatusForbidden)
}

func TestWithoutAProviderThereIsNoWayThroughOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	b := w.signedIn("ann")
	if b.get("/account").doc(t).Find(`form[action^="/account/identity"]`).Length() != 0 || w.browser().get("/login").doc(t).Find(`form[action="/login/oidc"]`).Length() != 0 {
		t.Error("a provider is offered that is not there")
	}
	w.browser().post("/login/oidc", url.Values{}).want(t, http.StatusNotFound)
	w.browser().get("/login/oidc/callback?code=x&state=y").want(t, http.StatusNotFound)
	b.own("/identity", url.Values{}).want(t, http.StatusNotFound)
	b.own("/identity/unlink", url.Values{}).want(t, http.StatusNotFound)
}
