package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// withApp sets an authenticator app up on the pages, as a person does, and gives its key and the recovery codes.
func (b *browser) withApp() (key string, recovery []string) {
	b.w.t.Helper()
	t := b.w.t
	b.own("/factors/app", url.Values{"password": {password}}).want(t, http.StatusSeeOther)
	d := b.get("/account/factors").want(t, http.StatusOK).doc(t)
	if d.Find("svg.qr path.ink").AttrOr("d", "") == "" {
		t.Error("there is no QR code")
	}
	key = strings.ReplaceAll(d.Find("#app-key").Text(), " ", "")
	// The step before now, so that the code of now is left for the test.
	r := b.own("/factors/app/confirm", url.Values{"code": {codeAt(t, key, -30*time.Second)}}).want(t, http.StatusCreated)
	return key, strings.Fields(r.doc(t).Find("#new-codes").Text())
}

func codeAt(t *testing.T, key string, from time.Duration) string {
	t.Helper()
	return must(factor.Code(key, time.Now().Add(from)))(t)
}

// half is a browser of somebody who has proved the password and not the second step.
func (w *world) half(name string) *browser {
	w.t.Helper()
	b := w.browser()
	r := b.post("/login", url.Values{"email": {name + "@example.org"}, "password": {password}, "next": {"/account"}}).want(w.t, http.StatusSeeOther)
	if to := r.Header.Get("Location"); to != "/login/second?next=%2Faccount" {
		w.t.Fatalf("a password leads to %q", to)
	}
	return b
}

func TestSigningInTakesTwoSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	own := w.signedIn("ann")
	key, recovery := own.withApp()
	if body := own.get("/account/factors").body; len(recovery) != 10 || strings.Contains(body, recovery[0]) || strings.Contains(body, key) {
		t.Error("the recovery codes or the key are shown again")
	}
	b := w.half("ann")
	before := b.cookie()
	d := b.get("/login/second?next=%2Faccount").want(t, http.StatusOK).doc(t)
	if d.Find("input[name=next]").AttrOr("value", "") != "/account" || d.Find("input[name=code]").AttrOr("autocomplete", "") != "one-time-code" {
		t.Error("the second step forgot the way, or is not what phones fill in")
	}
	wrong := b.post("/login/second", url.Values{"code": {"000000"}, "next": {"/account"}}).want(t, http.StatusUnauthorized)
	if !strings.Contains(wrong.body, "The code does not match.") {
		t.Error("a wrong code is not told")
	}
	code := codeAt(t, key, 0)
	right := b.post("/login/second", url.Values{"code": {code}, "next": {"/account"}}).want(t, http.StatusSeeOther)
	if right.Header.Get("Location") != "/account" || b.cookie() == before {
		t.Error("the second step leads elsewhere, or keeps the cookie of before")
	}
	b.get("/account").want(t, http.StatusOK)
	w.browser().get("/account", "Cookie", "session="+before).want(t, http.StatusSeeOther)
	w.half("ann").post("/login/second", url.Values{"code": {code}}).want(t, http.StatusUnauthorized)
	w.half("ann").post("/login/second", url.Values{"code": {recovery[3]}}).want(t, http.StatusSeeOther)
}

// Who has proved the password alone is nobody to every route but the second step.
func TestAPendingLoginIsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	w.signedIn("lead-alpha").withApp()
	half, stranger, seen := w.half("lead-alpha"), w.browser(), 0
	for _, r := range w.web.Fiber.GetRoutes(true) {
		if strings.HasPrefix(r.Path, "/login") || r.Path == "/metrics" || r.Method == http.MethodHead {
			continue
		}
		path := fill(r.Path, "alpha", map[string]string{}, "x")
		got, want := half.do(half.request(r.Method, path, nil)), stranger.do(stranger.request(r.Method, path, nil))
		if got.StatusCode != want.StatusCode || got.Header.Get("Location") != want.Header.Get("Location") {
			t.Errorf("%s %s answers %d %s to a pending login and %d %s to a stranger", r.Method, path, got.StatusCode, got.Header.Get("Location"), want.StatusCode, want.Header.Get("Location"))
		}
		seen++
	}
	if seen < 60 {
		t.Errorf("only %d routes were walked", seen)
	}
	half.get("/login/second").want(t, http.StatusOK)
}

func TestAResetDoesNotTakeTheSecondFactorOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("acme", "ann", tenant.Lead)
	_, recovery := w.signedIn("ann").withApp()
	by := tenant.Actor{Admin: true, Name: "admin"}
	link := must(w.app.People.ResetPerson(t.Context(), by, u.ID))(t)
	b := w.browser()
	to := b.post("/reset/"+link, url.Values{"password": {"a wholly new secret"}}).want(t, http.StatusSeeOther).Header.Get("Location")
	if to != "/login/second?next=%2F" {
		t.Fatalf("a reset leads to %q", to)
	}
	b.get("/t/acme").want(t, http.StatusSeeOther)
	b.post("/login/second", url.Values{"code": {recovery[0]}}).want(t, http.StatusSeeOther)
	b.get("/t/acme").want(t, http.StatusOK)
}

func TestTheAppIsTurnedOffWithPasswordAndCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	b := w.signedIn("ann")
	_, recovery := b.withApp()
	for field, form := range map[string]url.Values{"off-password": {"password": {"wrong"}, "code": {recovery[0]}}, "off-code": {"password": {password}, "code": {"1"}}} {
		d := b.own("/factors/app/off", form).want(t, http.StatusUnprocessableEntity).doc(t)
		if d.Find("#"+field+"-fault").Length() == 0 {
			t.Errorf("the fault of %s does not stand beside it", field)
		}
	}
	codes := strings.Fields(b.own("/factors/recovery", url.Values{"password": {password}}).want(t, http.StatusCreated).doc(t).Find("#new-codes").Text())
	b.own("/factors/app/off", url.Values{"password": {password}, "code": {codes[0]}}).want(t, http.StatusSeeOther)
	w.signedIn("ann").get("/account").want(t, http.StatusOK)
}

// Where the operator asks for a second factor, who has none can do nothing but set one up, and sign out.
func TestWhoMustSetUpAFactorDoesThatFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *webkit.Options) { o.SecondFactor = factor.NeedAll })
	w.person("acme", "ann", tenant.Lead)
	b := w.signedIn("ann")
	seen := 0
	for route, action := range w.web.Policies() {
		method, path, _ := strings.Cut(route, " ")
		if action == tenant.Public || method != http.MethodGet || strings.HasPrefix(path, "/account/factors") || strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/t/:slug/git/") {
			continue
		}
		r := b.get(fill(path, "acme", map[string]string{"sessions": "x", "repositories": "x", "providers": "x", "agents": "x", "users": "x"}, "x"))
		stream := strings.HasSuffix(path, "/stream") && r.StatusCode == http.StatusUnauthorized
		if !stream && r.Header.Get("Location") != "/account/factors" {
			t.Errorf("%s answers %d", route, r.StatusCode)
		}
		seen++
	}
	if seen < 20 {
		t.Errorf("only %d pages were walked", seen)
	}
	if d := b.get("/account/factors").want(t, http.StatusOK).doc(t); !strings.Contains(d.Text(), "Set up a second factor to continue.") {
		t.Error("it is not told why")
	}
	token := b.get("/account/factors").doc(t).Find("input[name=csrf]").First().AttrOr("value", "")
	b.post("/account/profile", url.Values{"csrf": {token}, "name": {"Other"}}).want(t, http.StatusSeeOther)
	if got := must(w.app.People.PersonByEmail(t.Context(), "ann@example.org"))(t); got.Name != "ann" {
		t.Error("the profile was changed")
	}
	b.post("/account/factors/app", url.Values{"csrf": {token}, "password": {password}}).want(t, http.StatusSeeOther)
	key := strings.ReplaceAll(b.get("/account/factors").doc(t).Find("#app-key").Text(), " ", "")
	b.post("/account/factors/app/confirm", url.Values{"csrf": {token}, "code": {codeAt(t, key, 0)}}).want(t, http.StatusCreated)
	b.get("/t/acme").want(t, http.StatusOK)
}
