package e2e

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// chromium is the only browser of the package. Each person has a separate context in it. It ends with the test program, which closes
// the driver's pipe.
var chromium = sync.OnceValues(func() (playwright.Browser, error) {
	pw, err := playwright.Run(&playwright.RunOptions{SkipInstallBrowsers: true})
	if err != nil {
		return nil, err
	}
	return pw.Chromium.Launch(playwright.BrowserTypeLaunchOptions{ExecutablePath: playwright.String(os.Getenv("CHROMIUM")),
		Args: []string{"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"}})
})

// browser returns the browser. If it is not installed, the test is skipped, or fails with CI=true.
func browser(t *testing.T) playwright.Browser {
	t.Helper()
	part(t, "CHROMIUM", "Chromium")
	part(t, "PLAYWRIGHT_DRIVER_PATH", "playwright-core")
	part(t, "PLAYWRIGHT_NODEJS_PATH", "Node.js")
	b, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// patience is the time limit in milliseconds for waiting on a page, long enough for a busy machine.
const patience = 30_000

var expect = playwright.NewPlaywrightAssertions(patience)

// person is a user with a separate browser context. Errors on pages are recorded and fail the test at its end.
type person struct {
	t    *testing.T
	w    *world
	ctx  playwright.BrowserContext
	page playwright.Page
	url  string

	mu      sync.Mutex
	trouble []string
}

// newPerson opens a browser for somebody who is not signed in, at w's current URL.
func (w *world) newPerson(options ...playwright.BrowserNewContextOptions) *person {
	w.t.Helper()
	o := playwright.BrowserNewContextOptions{Viewport: &playwright.Size{Width: 1440, Height: 900}, ColorScheme: playwright.ColorSchemeDark}
	if len(options) > 0 {
		o = options[0]
	}
	ctx, err := browser(w.t).NewContext(o)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx.SetDefaultTimeout(patience)
	p := &person{t: w.t, w: w, ctx: ctx, url: w.url}
	ctx.OnRequest(p.noteRequest)
	ctx.OnConsole(p.noteConsole)
	ctx.OnWebError(func(e playwright.WebError) { p.note("script fault: %v", e.Error()) })
	ctx.OnDialog(func(d playwright.Dialog) {
		p.note("a dialog says %q", d.Message())
		_ = d.Dismiss()
	})
	w.t.Cleanup(p.leave)
	p.page = p.tab()
	return p
}

// tab opens another page in the same browser.
func (p *person) tab() playwright.Page {
	p.t.Helper()
	page, err := p.ctx.NewPage()
	p.must(err)
	return page
}

func (p *person) leave() {
	if p.t.Failed() {
		p.t.Logf("the page is %s", p.page.URL())
		_ = p.shoot("failed")
	}
	if err := p.ctx.Close(); err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, line := range p.trouble {
		p.t.Error(line)
	}
}

func (p *person) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = append(p.trouble, fmt.Sprintf(format, args...))
}

// noteRequest records requests to hosts other than the server and the test's identity provider.
func (p *person) noteRequest(r playwright.Request) {
	if u, err := url.Parse(r.URL()); err != nil || u.Scheme != "data" && "http://"+u.Host != p.url && "http://"+u.Host != p.w.provider {
		p.note("a request leaves the host: %s", r.URL())
	}
}

// refusals are browser messages about refused requests and stopped servers, which some tests expect. htmx reports a stream that broke
// and one that could not be opened again.
var refusals = regexp.MustCompile(`^Failed to load resource|net::ERR_|^htmx: htmx:sse:error: network error|^htmx: htmx:error: Failed to fetch[\s\S]*elt: div#stream`)

// noteConsole records all other messages of the browser, such as violations of the content security policy.
func (p *person) noteConsole(m playwright.ConsoleMessage) {
	if m.Type() == "error" && !refusals.MatchString(m.Text()) {
		p.note("the console says: %s", m.Text())
	}
}

func (p *person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// signIn signs somebody in with the form and returns their browser.
func (w *world) signIn(email string, options ...playwright.BrowserNewContextOptions) *person {
	w.t.Helper()
	p := w.newPerson(options...)
	p.open("/login")
	p.enter(email, password)
	p.sees(".nav, .sg h2:has-text('in a team yet')")
	return p
}

// enter fills in and sends the sign-in form.
func (p *person) enter(email, secret string) {
	p.t.Helper()
	p.fill("E-mail", email)
	p.fill("Password", secret)
	p.press("Sign in")
}

// open opens a path and returns the status code. If the page is just leaving by itself, for example because its login has ended, it is
// opened again.
func (p *person) open(path string) int {
	p.t.Helper()
	res, err := p.page.Goto(p.url + path)
	for tries := 1; err != nil && tries < 10 && strings.Contains(err.Error(), "interrupted by another navigation"); tries++ {
		_ = p.page.WaitForLoadState() // of the navigation that interrupted this one
		res, err = p.page.Goto(p.url + path)
	}
	p.must(err)
	if res == nil { // only the fragment changed
		return 0
	}
	return res.Status()
}

func (p *person) fill(label, text string) {
	p.t.Helper()
	p.must(p.page.GetByLabel(label, playwright.PageGetByLabelOptions{Exact: playwright.Bool(true)}).Fill(text))
}

func (p *person) choose(label, option string) {
	p.t.Helper()
	_, err := p.page.GetByLabel(label, playwright.PageGetByLabelOptions{Exact: playwright.Bool(true)}).SelectOption(playwright.SelectOptionValues{Labels: &[]string{option}})
	p.must(err)
}

// press clicks the only button with a name.
func (p *person) press(name string) {
	p.t.Helper()
	p.must(p.page.GetByRole("button", playwright.PageGetByRoleOptions{Name: name, Exact: playwright.Bool(true)}).Click())
}

// follow clicks the only link with a name in the main part of the page.
func (p *person) follow(name string) {
	p.t.Helper()
	p.must(p.page.Locator("#main").GetByRole("link", playwright.LocatorGetByRoleOptions{Name: name}).First().Click())
}

// sees waits until the page shows an element.
func (p *person) sees(selector string) {
	p.t.Helper()
	p.must(expect.Locator(p.page.Locator(selector).First()).ToBeVisible())
}

// reads waits until a part of the page contains a text.
func (p *person) reads(selector, text string) {
	p.t.Helper()
	p.must(expect.Locator(p.page.Locator(selector).First()).ToContainText(text))
}

// lacks checks that the current page does not show an element.
func (p *person) lacks(selectors ...string) {
	p.t.Helper()
	for _, s := range selectors {
		n, err := p.page.Locator(s).Count()
		p.must(err)
		if n > 0 {
			p.t.Errorf("%s shows %d of %s", p.page.URL(), n, s)
		}
	}
}

// at waits until the page is at a path.
func (p *person) at(path string) {
	p.t.Helper()
	p.must(expect.Page(p.page).ToHaveURL(p.url + path))
}

// texts returns the trimmed texts of all matching elements.
func (p *person) texts(selector string) []string {
	p.t.Helper()
	list, err := p.page.Locator(selector).AllInnerTexts()
	p.must(err)
	for i := range list {
		list[i] = strings.Join(strings.Fields(list[i]), " ")
	}
	return list
}

// number reads a number with separators, such as 12,345.
func (p *person) number(selector string) int64 {
	p.t.Helper()
	text, err := p.page.Locator(selector).First().InnerText()
	p.must(err)
	return int64(atoi(strings.ReplaceAll(strings.TrimSpace(text), ",", "")))
}

// shoot saves a screenshot of the page in the directory in SHOTS, if it is set.
func (p *person) shoot(name string) error {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return nil
	}
	_, err := p.page.Screenshot(playwright.PageScreenshotOptions{Path: playwright.String(dir + "/" + strings.ReplaceAll(p.t.Name(), "/", "-") + "-" + name + ".png")})
	return err
}

// freeAddress returns an address that a server can use again after a restart.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// join creates a member of the team.
func (m *team) join(name, role string) (email string) {
	m.w.t.Helper()
	email = name + "@example.org"
	if _, err := m.w.try("", "member", "add", "--tenant", m.slug, "--email", email, "--role", role); err != nil {
		m.w.command(password+"\n", "user", "create", "--email", email, "--name", name, "--password-stdin")
		m.w.command("", "member", "add", "--tenant", m.slug, "--email", email, "--role", role)
	}
	return email
}

// path returns the path of one of the team's pages.
func (m *team) path(rest string) string { return "/t/" + m.slug + rest }
