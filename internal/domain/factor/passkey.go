package factor

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Site is this server as passkeys know it: by the name and origin people reach it at. It keeps nothing: what a ceremony needs
// to remember travels in its ticket, which only this server can make.
type Site struct {
	web *webauthn.WebAuthn
	mac func([]byte) []byte
}

// ErrNoPasskeys says that browsers know no passkeys at an address.
var ErrNoPasskeys = errors.New("passkeys need a name and https, or localhost")

// NewSite is the site of a public address; mac signs its tickets. ErrNoPasskeys where browsers know none.
func NewSite(publicURL string, mac func([]byte) []byte) (*Site, error) {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" {
		return nil, ErrNoPasskeys
	}
	_, notIP := netip.ParseAddr(u.Hostname())
	if notIP == nil || u.Scheme != "https" && u.Hostname() != "localhost" {
		return nil, ErrNoPasskeys
	}
	yes := true
	web, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: "Industrial Orchestrator", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &yes,
			UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, fmt.Errorf("prepare passkeys for %s: %w", publicURL, err)
	}
	return &Site{web, mac}, nil
}

// CeremonyLifetime is how long a browser may take to answer.
const CeremonyLifetime = time.Hour

// Ceremony is what a page gives a browser that is to use a passkey: options for it, and the ticket that comes back with the answer.
type Ceremony struct{ Options, Ticket string }

// Holder is a person as authenticators know one.
type Holder struct {
	ID, Email, Name string
	Passkeys        []Passkey
}

// WebAuthnID is what authenticators keep beside the key.
func (h Holder) WebAuthnID() []byte { return []byte(h.ID) }

// WebAuthnName is what authenticators show.
func (h Holder) WebAuthnName() string { return h.Email }

// WebAuthnDisplayName is what authenticators show first.
func (h Holder) WebAuthnDisplayName() string { return h.Name }

// WebAuthnCredentials are the passkeys that open something.
func (h Holder) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, p := range h.Passkeys {
		var c webauthn.Credential
		if p.RefusedAt == nil && json.Unmarshal([]byte(p.Credential), &c) == nil {
			all = append(all, c)
		}
	}
	return all
}

// passkey finds the passkey that a credential is of.
func (h Holder) passkey(credentialID []byte) (Passkey, bool) {
	for _, p := range h.Passkeys {
		var c webauthn.Credential
		if json.Unmarshal([]byte(p.Credential), &c) == nil && string(c.ID) == string(credentialID) {
			return p, true
		}
	}
	return Passkey{}, false
}

// ticket is what a ceremony remembers.
type ticket struct {
	Purpose string
	Until   time.Time
	Session webauthn.SessionData
}

func (s *Site) sign(purpose string, session *webauthn.SessionData, options any, now time.Time) (Ceremony, error) {
	shown, errO := json.Marshal(options)
	body, errT := json.Marshal(ticket{purpose, now.Add(CeremonyLifetime), *session})
	if err := errors.Join(errO, errT); err != nil {
		return Ceremony{}, err
	}
	text := base64.RawURLEncoding
	return Ceremony{string(shown), text.EncodeToString(body) + "." + text.EncodeToString(s.mac(body))}, nil
}
