package oidc_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
	"github.com/industrial-orchestrator/orchestrator/internal/oidc"
	"github.com/industrial-orchestrator/orchestrator/internal/oidc/oidctest"
)

const redirect = "http://127.0.0.1:1/login/oidc/callback"

// at is a provider with one person, and a client of it that reaches it through the guard.
func at(t *testing.T, change ...func(*oidc.Options)) (*oidctest.Provider, *oidc.Client) {
	t.Helper()
	p := oidctest.New(t)
	p.Serves(redirect, "http://127.0.0.1:1/login")
	p.Put("ann", oidctest.Person{Email: "ann@example.org", Verified: true, Name: "Ann", Groups: []string{"devs", "ops"}})
	allow, err := netguard.ParseAllow(strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	o := oidc.Options{Issuer: p.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, Redirect: redirect, Scopes: []string{"email", "profile"},
		GroupsClaim: "groups", HTTP: netguard.New([]netguard.Allow{allow}).Client()}
	for _, c := range change {
		c(&o)
	}
	return p, oidc.New(o)
}

// proved walks a whole sign-in with a verifier and a nonce of the caller's.
func proved(t *testing.T, p *oidctest.Provider, c *oidc.Client, nonce, otherNonce string) (user.Proof, error) {
	t.Helper()
	verifier := c.NewVerifier()
	to, err := c.AuthURL(t.Context(), "state-1", nonce, verifier)
	if err != nil {
		t.Fatal(err)
	}
	return c.Prove(t.Context(), code(t, p, to), otherNonce, verifier)
}

func code(t *testing.T, p *oidctest.Provider, to string) string {
	t.Helper()
	back, err := url.Parse(p.Visit(t, to, "ann"))
	if err != nil || back.Query().Get("state") != "state-1" {
		t.Fatalf("the provider sends back to %v: %v", back, err)
	}
	return back.Query().Get("code")
}

func TestAProviderProvesWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*oidctest.Provider){"in the ID token": func(*oidctest.Provider) {}, "in userinfo": (*oidctest.Provider).Slim} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, c := at(t)
			prepare(p)
			got, err := proved(t, p, c, "nonce-1", "nonce-1")
			want := user.Proof{Issuer: p.URL, Subject: "ann", Email: "ann@example.org", EmailVerified: true, Name: "Ann", Groups: []string{"devs", "ops"}}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// T-45: an ID token counts only where issuer, audience, nonce, time and signature are right.
func TestT45AProofHoldsInEveryRespectOrNotAtAll(t *testing.T) {
	t.Parallel()
	claim := func(name string, value any) func(*oidctest.Provider) {
		return func(p *oidctest.Provider) { p.Twist(func(c map[string]any) { c[name] = value }) }
	}
	for name, spoil := range map[string]func(*oidctest.Provider){
		"another issuer":   claim("iss", "https://evil.example.org"),
		"another audience": claim("aud", []string{"another program"}),
		"several audiences": func(p *oidctest.Provider) {
			p.Twist(func(c map[string]any) { c["aud"], c["azp"] = []string{oidctest.ClientID, "another"}, "another" })
		},
		"expired":              claim("exp", time.Now().Add(-time.Minute).Unix()),
		"not yet":              claim("nbf", time.Now().Add(time.Hour).Unix()),
		"another nonce":        claim("nonce", "nonce-2"),
		"no nonce":             func(p *oidctest.Provider) { p.Twist(func(c map[string]any) { delete(c, "nonce") }) },
		"another access token": claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"algorithm none":       (*oidctest.Provider).Unsigned,
		"another key":          (*oidctest.Provider).Forged,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, c := at(t)
			spoil(p)
			if got, err := proved(t, p, c, "nonce-1", "nonce-1"); !fault.Is(err, fault.Unauthenticated) || got.Subject != "" {
				t.Errorf("%+v, %v", got, err)
			}
			p.Twist(nil)
			if _, err := proved(t, p, c, "nonce-1", "nonce-1"); err != nil {
				t.Errorf("the same provider, right again: %v", err)
			}
		})
	}
}

func TestACodeIsGoodOnceAndForItsVerifier(t *testing.T) {
	t.Parallel()
	p, c := at(t)
	verifier := c.NewVerifier()
	to, err := c.AuthURL(t.Context(), "state-1", "nonce-1", verifier)
	if err != nil {
		t.Fatal(err)
	}
	if u, _ := url.Parse(to); u.Query().Get("code_challenge_method") != "S256" || strings.Contains(to, verifier) {
		t.Errorf("the address %s does not hide the verifier", to)
	}
	if _, err := c.Prove(t.Context(), code(t, p, to), "nonce-1", c.NewVerifier()); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("another verifier: %v", err)
	}
	first := code(t, p, to)
	if _, err := c.Prove(t.Context(), first, "nonce-1", verifier); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Prove(t.Context(), first, "nonce-1", verifier); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a code used twice: %v", err)
	}
}

func TestGroupsThatWereLeftOutAreNotNone(t *testing.T) {
	t.Parallel()
	p, c := at(t)
	p.Twist(func(k map[string]any) {
		delete(k, "groups")
		k["_claim_names"], k["_claim_sources"] = map[string]string{"groups": "src1"}, map[string]any{"src1": map[string]string{"endpoint": p.URL + "/groups"}}
	})
	p.Slim() // userinfo does not know them either
	p.Put("ann", oidctest.Person{Email: "ann@example.org", Verified: true, Name: "Ann"})
	if got, err := proved(t, p, c, "n", "n"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAProviderThatIsDownOrTalksNonsenseIsSaidInWords(t *testing.T) {
	t.Parallel()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	for name, c := range map[string]struct {
		change func(*oidc.Options)
		answer http.HandlerFunc
		says   string
	}{
		"nobody listens": {change: func(o *oidc.Options) { o.Issuer = "http://127.0.0.1:1" }, says: "Cannot connect"},
		"a closed door":  {change: func(o *oidc.Options) { o.HTTP = netguard.New(nil).Client() }, says: "Cannot connect"},
		"a page":         {answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>welcome") }, says: "invalid response"},
		"another issuer": {answer: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"issuer":"https://evil.example.org"}`)
		}, says: "invalid response"},
		"an error": {answer: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusBadGateway) }, says: "invalid response"},
		"a redirect": {answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}, says: "invalid response"},
		"no web address": {answer: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"issuer":"http://`+r.Host+`","authorization_endpoint":"javascript:alert(1)","token_endpoint":"x","jwks_uri":"x"}`)
		}, says: "invalid response"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, client := at(t, func(o *oidc.Options) {
				if c.change != nil {
					c.change(o)
				}
			})
			p.Answer(c.answer)
			_, err := client.AuthURL(t.Context(), "s", "n", client.NewVerifier())
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if c.answer == nil {
				return
			}
			p.Answer(nil)
			if _, err := client.AuthURL(t.Context(), "s", "n", client.NewVerifier()); err != nil {
				t.Errorf("well again: %v", err)
			}
		})
	}
}

func TestAnAnswerWithoutAnEndIsCutOff(t *testing.T) {
	t.Parallel()
	p, client := at(t)
	written := make(chan int, 1)
	p.Answer(func(w http.ResponseWriter, _ *http.Request) {
		for n := 0; ; n += 1 << 16 {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				written <- n
				return
			}
		}
	})
	if _, err := client.AuthURL(t.Context(), "s", "n", client.NewVerifier()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	if n := <-written; n > 64<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

func TestKeysAndSecretsThatDoNotFitAreSaidInWords(t *testing.T) {
	t.Parallel()
	p, c := at(t, func(o *oidc.Options) { o.ClientSecret = "another" })
	if _, err := proved(t, p, c, "n", "n"); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "rejected this server's credential") {
		t.Errorf("a wrong secret: %v", err)
	}
	if to := c.EndURL(t.Context(), "http://127.0.0.1:1/login"); !strings.HasPrefix(to, p.URL+"/end_session?") || !strings.Contains(to, "client_id="+oidctest.ClientID) {
		t.Errorf("a session ends at %q", to)
	}
}
