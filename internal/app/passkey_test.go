package app_test

import (
	"context"

	vw "github.com/descope/virtualwebauthn"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor/factortest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// site is where browsers think they are.
const site = "http://localhost"

// device is an authenticator with one key, of alpha's member.
type device struct {
	h    *house
	auth vw.Authenticator
	key  vw.Credential
}

func (h *house) device() *device {
	return &device{h, vw.NewAuthenticatorWithOptions(vw.AuthenticatorOptions{UserHandle: []byte(h.member.User)}), factortest.NewKey()}
}

var rp = vw.RelyingParty{ID: "localhost", Name: "Industrial Orchestrator", Origin: site}

// registered is the form that adds the device's key.
func (d *device) registered() apppeople.NewPasskey {
	d.h.t.Helper()
	c, err := d.h.app.People.BeginPasskey(d.h.t.Context(), d.h.alpha.Member)
	ok(d.h.t, err)
	o, err := vw.ParseAttestationOptions(c.Options)
	ok(d.h.t, err)
	return apppeople.NewPasskey{Name: "laptop", Ticket: c.Ticket, Answer: vw.CreateAttestationResponse(rp, d.auth, d.key, *o)}
}

func (d *device) add() {
	d.h.t.Helper()
	_, err := d.h.app.People.AddPasskey(d.h.t.Context(), d.h.alpha.Member, user.Login{CreatedAt: d.h.clock.Now()}, d.registered())
	ok(d.h.t, err)
}

func (d *device) answer(c factor.Ceremony, err error) (ticket, answer string) {
	d.h.t.Helper()
	ok(d.h.t, err)
	o, err := vw.ParseAssertionOptions(c.Options)
	ok(d.h.t, err)
	d.key.Counter++
	return c.Ticket, vw.CreateAssertionResponse(rp, d.auth, d.key, *o)
}

// passkeyActs are the verbs of passkeys in the table of acts.
func init() {
	acts["AddPasskey"] = func(h *house) (func(context.Context) error, []string) {
		f := h.device().registered()
		return func(ctx context.Context) error {
			return second(h.app.People.AddPasskey(ctx, h.alpha.Member, user.Login{CreatedAt: h.clock.Now()}, f))
		}, []string{"instance:add_passkey"}
	}
	acts["RemovePasskey"] = func(h *house) (func(context.Context) error, []string) {
		h.device().add()
		f, err := h.app.People.Factors(h.t.Context(), h.member.User)
		ok(h.t, err)
		return func(ctx context.Context) error {
			return h.app.People.RemovePasskey(ctx, h.alpha.Member, user.Login{CreatedAt: h.clock.Now()}, "", f.Passkeys[0].ID)
		}, []string{"instance:remove_passkey"}
	}
	acts["SecondStepByPasskey"] = func(h *house) (func(context.Context) error, []string) {
		d := h.device()
		d.add()
		e, err := h.app.People.CompleteFirstStep(h.t.Context(), h.alpha.Member, "192.0.2.1", "browser")
		ok(h.t, err)
		ticket, answer := d.answer(h.app.People.BeginPasskeyStep(h.t.Context(), h.alpha.Member))
		return func(ctx context.Context) error {
			_, _, err := h.app.People.SecondStepByPasskey(ctx, e.Pending, ticket, answer, "192.0.2.1", "browser")
			return err
		}, []string{"instance:sign_in"}
	}
	acts["SignInByPasskey"] = func(h *house) (func(context.Context) error, []string) {
		d := h.device()
		d.add()
		ticket, answer := d.answer(h.app.People.BeginPasskeySignIn())
		return func(ctx context.Context) error {
			_, _, err := h.app.People.SignInByPasskey(ctx, ticket, answer, "192.0.2.1", "browser")
			return err
		}, []string{"instance:sign_in"}
	}
}
