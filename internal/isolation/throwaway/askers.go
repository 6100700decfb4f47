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

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation"
)

// Askers are everybody whom the team can send: a login of each role, an API token of each scope, and whoever holds nothing but a
// link or an agent's key, shown as a cookie and as a token.
func (t *Team) Askers(ctx context.Context, base string) (all []isolation.Asker, err error) {
	for _, role := range tenant.Roles() {
		a, err := t.signIn(ctx, base, role)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	for _, scope := range []apitoken.Scope{apitoken.Manage, apitoken.Run, apitoken.Read} {
		text, _, err := t.app.CreateToken(ctx, t.Lead, "check "+string(scope), scope, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, isolation.Asker{Name: "token to " + string(scope), Role: roleOf(scope), API: true, Header: bearer(text)})
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

// personalLinks makes a reset link of somebody else than who signs in, whose logins it would end, and a set-up link, which is worth
// nothing once there is a person.
func (t *Team) personalLinks(ctx context.Context) error {
	u, err := t.app.CreateUser(ctx, "reset."+t.Slug+"@isolation.invalid", t.Mark+" reset", t.password, false)
	if err != nil {
		return err
	}
	if t.links["reset link"], err = t.app.ResetPerson(ctx, app.Operator(), u.ID); err != nil {
		return err
	}
	t.links["set-up link"], err = t.app.NewSetupLink(ctx)
	return err
}

// roleOf is what a lead's token of a scope is worth.
func roleOf(s apitoken.Scope) tenant.Role {
	return map[apitoken.Scope]tenant.Role{apitoken.Manage: tenant.Lead, apitoken.Run: tenant.Member, apitoken.Read: tenant.Viewer}[s]
}

func bearer(text string) http.Header { return http.Header{"Authorization": {"Bearer " + text}} }

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// signIn signs somebody in over HTTP, as a browser does, and reads the token that forms are drawn with.
func (t *Team) signIn(ctx context.Context, base string, role tenant.Role) (isolation.Asker, error) {
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"email": {t.email(role)}, "password": {t.password}}
	status, _, err := send(ctx, c, http.MethodPost, base+"/login", form.Encode())
	if err != nil {
		return isolation.Asker{}, err
	}
	if status != http.StatusSeeOther {
		return isolation.Asker{}, fault.New(fault.Invalid, "%s/login answered %d to a person just made: is this the server of this data, and may passwords sign in there?", base, status)
	}
	_, page, err := send(ctx, c, http.MethodGet, base+"/account", "")
	if err != nil {
		return isolation.Asker{}, err
	}
	token := csrfField.FindStringSubmatch(page)
	u, err := url.Parse(base)
	if err != nil || token == nil {
		return isolation.Asker{}, fault.New(fault.Invalid, "%s/account draws no form: the sign-in did not last.", base)
	}
	var cookies []string
	for _, k := range jar.Cookies(u) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	return isolation.Asker{Name: "login of a " + string(role), Role: role, CSRF: token[1], Header: http.Header{"Cookie": {strings.Join(cookies, "; ")}}}, nil
}

func send(ctx context.Context, c *http.Client, method, address, form string) (status int, text string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form))
	if err != nil {
		return 0, "", fmt.Errorf("ask %s: %w", address, err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", fmt.Errorf("ask %s: %w", address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	return resp.StatusCode, string(b), err
}
