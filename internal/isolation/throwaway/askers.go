package throwaway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation"
)

// Askers returns callers with all credentials of the team: a login for each role, an API token for each scope, and each link and agent
// key, sent as a cookie and as a token.
func (t *Team) Askers(ctx context.Context, base string) (all []isolation.Asker, err error) {
	for _, role := range tenant.Roles() {
		a, err := t.signIn(ctx, base, role)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	for _, scope := range []apitoken.Scope{apitoken.Manage, apitoken.Run, apitoken.Read} {
		text, _, err := t.app.People.CreateToken(ctx, t.Lead, "check "+string(scope), scope, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, isolation.Asker{Name: "token with scope " + string(scope), Role: roleOf(scope), API: true, Header: bearer(text)})
	}
	if err := t.personalLinks(ctx); err != nil {
		return nil, err
	}
	for _, name := range []string{"invitation link", "reset link", "set-up link", "gateway key"} {
		h := bearer(t.links[name])
		h.Set("Cookie", "session="+t.links[name]+"; __Host-session="+t.links[name])
		all = append(all, isolation.Asker{Name: name, Header: h})
	}
	return append(all, isolation.Asker{Name: "nobody", Header: http.Header{}}), nil
}

// personalLinks creates a password reset link for a user who does not sign in, because it ends logins, and a set-up link, which is
// invalid once there is a user.
func (t *Team) personalLinks(ctx context.Context) error {
	u, err := t.app.People.CreateUser(ctx, "reset."+t.Slug+"@isolation.invalid", t.Mark+" reset", t.password, false)
	if err != nil {
		return err
	}
	if t.links["reset link"], err = t.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID); err != nil {
		return err
	}
	t.links["set-up link"], err = t.app.People.NewSetupLink(ctx)
	return err
}

// roleOf returns the role of a lead's token with a scope.
func roleOf(s apitoken.Scope) tenant.Role {
	return map[apitoken.Scope]tenant.Role{apitoken.Manage: tenant.Lead, apitoken.Run: tenant.Member, apitoken.Read: tenant.Viewer}[s]
}

func bearer(text string) http.Header { return http.Header{"Authorization": {"Bearer " + text}} }

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// signIn signs in over HTTP like a browser, and reads the CSRF token of forms.
func (t *Team) signIn(ctx context.Context, base string, role tenant.Role) (isolation.Asker, error) {
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"email": {t.email(role)}, "password": {t.password}}
	status, _, err := send(ctx, c, http.MethodPost, base+"/login", form.Encode())
	if err != nil {
		return isolation.Asker{}, err
	}
	if status != http.StatusSeeOther {
		return isolation.Asker{}, fault.New(fault.Invalid, "%s/login responded with %d to a new user. Check that --url points to the server for this data directory and that the server allows passwords.", base, status)
	}
	_, page, err := send(ctx, c, http.MethodGet, base+"/account", "")
	if err != nil {
		return isolation.Asker{}, err
	}
	token := csrfField.FindStringSubmatch(page)
	u, err := url.Parse(base)
	if err != nil || token == nil {
		return isolation.Asker{}, fault.New(fault.Invalid, "%s/account shows no form, so the sign-in did not succeed.", base)
	}
	var cookies []string
	for _, k := range jar.Cookies(u) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	return isolation.Asker{Name: "login as " + string(role), Role: role, CSRF: token[1], Header: http.Header{"Cookie": {strings.Join(cookies, "; ")}}}, nil
}

func send(ctx context.Context, c *http.Client, method, address, form string) (status int, text string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form))
	if err != nil {
		return 0, "", fmt.Errorf("request %s: %w", address, err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", fmt.Errorf("request %s: %w", address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	return resp.StatusCode, string(b), err
}
