package views_test

import (
	"maps"
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/account"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

func person() account.Account {
	a := account.Account{Person: user.User{Email: "ines@foundry.tools", Name: "Ines Aalto"}, Profile: account.Profile{Name: "Ines Aalto", Theme: "dark", TimeZone: "Europe/Helsinki"},
		NewToken: account.TokenForm{Team: "foundry", Scope: "run"}, This: "l1", TokenTeams: frame("account", "").Teams}
	a.Logins = []user.Login{
		{ID: "l1", CreatedAt: ago(3 * time.Hour), LastSeenAt: now, Peer: "10.4.0.7", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"},
		{ID: "l2", CreatedAt: ago(72 * time.Hour), LastSeenAt: ago(5 * time.Hour), Peer: "2001:db8:85a3::8a2e:370:7334", UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1"},
		{ID: "l3", CreatedAt: ago(80 * time.Hour), LastSeenAt: ago(9 * time.Hour), Peer: "10.4.0.9", UserAgent: ""}}
	token := func(id, name string, s apitoken.Scope, until, used *time.Time) account.Token {
		return account.Token{Token: apitoken.Token{ID: id, Name: name, Scope: s, CreatedAt: ago(9 * 24 * time.Hour), ExpiresAt: until, LastUsedAt: used}, TeamSlug: "foundry", TeamName: "Foundry Tools", CanRevoke: true}
	}
	a.Tokens = []account.Token{token("k1", "nightly build", apitoken.Run, at(now.AddDate(0, 2, 0)), at(ago(7*time.Minute))), token("k2", longTitle[:100], apitoken.Read, nil, nil)}
	return a
}

func accountPages() map[string]templ.Component {
	fresh, faulty, alone := person(), person(), person()
	fresh.Text = "orc_Zm91bmRyeS10b29scy1uaWdodGx5LWJ1aWxkLXRva2Vu"
	faulty.ProfileFaults, faulty.Profile.TimeZone = ui.Faults{"time_zone": "Enter a time zone such as Europe/Berlin (you entered \"Helsinki\")."}, "Helsinki"
	faulty.PasswordFaults = ui.Faults{"old_password": "This is not your current password."}
	faulty.TokenFaults = ui.Faults{"name": "Enter a name of 1 to 100 characters (you entered 0).", "expires": "\"2020-01-01\" is not a day to come such as 2027-02-22."}
	faulty.NewToken = account.TokenForm{Team: "rail", Scope: "manage", Expires: "2020-01-01"}
	alone.TokenTeams, alone.Tokens = []tenant.Membership(nil), nil
	none := person()
	none.Tokens = nil
	nowhere := shell.Page{Title: "Account", Section: "account", Person: shell.Person{Name: "Ines Aalto", Email: "ines@foundry.tools", Theme: *themeFlag}, Version: "v0.2.0"}
	secured := person()
	secured.Factors = factor.State{AppSince: at(ago(time.Hour)), Recovery: 10}
	all := factorPages()
	maps.Copy(all, map[string]templ.Component{
		"account-secured": account.Page(frame("account", "Account"), secured),
		"account":         account.Page(frame("account", "Account"), person()),
		"account-token":   account.Page(frame("account", "Account"), fresh),
		"account-faults":  account.Page(frame("account", "Account"), faulty),
		"account-empty":   account.Page(frame("account", "Account"), none),
		"account-no-team": account.Page(nowhere, alone),
	})
	return all
}

// factorPages are the page of sign-in factors at each of its stages, and the second step of signing in.
func factorPages() map[string]templ.Component {
	who := user.User{Email: "ines@foundry.tools", Name: "Ines Aalto", PasswordHash: "set"}
	draw := func(change func(*account.Factors)) templ.Component {
		f := account.Factors{Person: who}
		change(&f)
		return account.FactorsPage(frame("account", "Second factors"), f)
	}
	setUp := func(f *account.Factors) {
		f.Secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
		f.QR, _ = factor.NewQR(factor.Address(f.Secret, "agents.foundry.tools", who.Email))
	}
	ceremony := factor.Ceremony{Options: `{"challenge":"x"}`, Ticket: "dGlja2V0"}
	keys := func(f *account.Factors) {
		f.NewPasskey, f.State.Recovery = ceremony, 10
		f.State.Passkeys = []factor.Passkey{{ID: "p1", Name: "Work laptop", CreatedAt: ago(50 * time.Hour), LastUsedAt: at(ago(time.Hour))},
			{ID: "p2", Name: "The security key that hangs on the key ring in the workshop", CreatedAt: ago(90 * time.Hour), RefusedAt: at(ago(time.Hour))}}
	}
	on := func(f *account.Factors) { f.State = factor.State{AppSince: at(ago(time.Hour)), Recovery: 9} }
	return map[string]templ.Component{
		"factors":        draw(func(*account.Factors) {}),
		"factors-first":  draw(func(f *account.Factors) { f.First = true }),
		"factors-set-up": draw(setUp),
		"factors-fault": draw(func(f *account.Factors) {
			setUp(f)
			f.Form, f.Faults = "confirm", ui.Faults{"code": "This code does not match."}
		}),
		"factors-on":       draw(on),
		"factors-passkeys": draw(keys),
		"factors-remove": draw(func(f *account.Factors) {
			keys(f)
			f.Form, f.Faults = "remove", ui.Faults{"password": "The password does not match."}
		}),
		"second-step-passkey": auth.SecondStepPage(auth.SecondStep{Place: auth.Place{Host: "agents.foundry.tools", Version: "v0.2.0"}, Email: who.Email, Passkey: ceremony}),
		"login-passkey":       auth.SignInPage(auth.SignIn{Place: auth.Place{Host: "agents.foundry.tools", Version: "v0.2.0"}, Passkey: ceremony}),
		"factors-codes": draw(func(f *account.Factors) {
			on(f)
			f.Recovery = []string{"7k2mq-x9v4t", "0c8zn-41wpd", "h5rqe-92kfa", "ty7mv-3xj0b", "n4c6s-d8qzw", "1mp5k-v7hte", "za92r-fk0xc", "w3d8j-6ybnq", "e0vt4-hs5mg", "kq7xz-2cp9r"}
		}),
		"second-step":       auth.SecondStepPage(auth.SecondStep{Place: auth.Place{Host: "agents.foundry.tools", Version: "v0.2.0"}, Email: who.Email, App: true}),
		"second-step-fault": auth.SecondStepPage(auth.SecondStep{Place: auth.Place{Host: "agents.foundry.tools"}, Email: who.Email, App: true, Fault: "The code does not match. 2 attempts are left before sign-in pauses for 15 minutes."}),
	}
}
