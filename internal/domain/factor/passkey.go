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

// Site is this server's identity for passkeys: the host name and origin that users open. It is stateless: the state of a ceremony
// is in its ticket, which only this server can create.
type Site struct {
	web *webauthn.WebAuthn
	mac func([]byte) []byte
}

// ErrNoPasskeys means that browsers do not support passkeys for a URL.
var ErrNoPasskeys = errors.New("passkeys require a host name and HTTPS, or localhost")

// NewSite returns the site of a public URL; mac signs its tickets. It returns ErrNoPasskeys if browsers do not support passkeys
// for the URL.
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

// CeremonyLifetime is the time limit for the browser's response.
const CeremonyLifetime = time.Hour

// Ceremony is the input for a browser that uses a passkey: its options, and the ticket to send back with the response.
type Ceremony struct{ Options, Ticket string }

// Holder is a user in the form that authenticators need.
type Holder struct {
	ID, Email, Name string
	Passkeys        []Passkey
}

// WebAuthnID is the ID that authenticators store with the key.
func (h Holder) WebAuthnID() []byte { return []byte(h.ID) }

// WebAuthnName is the account name that authenticators show.
func (h Holder) WebAuthnName() string { return h.Email }

// WebAuthnDisplayName is the display name that authenticators show.
func (h Holder) WebAuthnDisplayName() string { return h.Name }

// WebAuthnCredentials are the accepted passkeys.
func (h Holder) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, p := range h.Passkeys {
		var c webauthn.Credential
		if p.RefusedAt == nil && json.Unmarshal([]byte(p.Credential), &c) == nil {
			all = append(all, c)
		}
	}
	return all
}

// passkey finds the passkey of a credential.
func (h Holder) passkey(credentialID []byte) (Passkey, bool) {
	for _, p := range h.Passkeys {
		var c webauthn.Credential
		if json.Unmarshal([]byte(p.Credential), &c) == nil && string(c.ID) == string(credentialID) {
			return p, true
		}
	}
	return Passkey{}, false
}

// ticket is the state of a ceremony.
type ticket struct {
	Purpose string
	Until   time.Time
	Session webauthn.SessionData
}

func (s *Site) sign(purpose string, session *webauthn.SessionData, options any, now time.Time) (Ceremony, error) {
	text, errO := json.Marshal(options)
	body, errT := json.Marshal(ticket{purpose, now.Add(CeremonyLifetime), *session})
	if err := errors.Join(errO, errT); err != nil {
		return Ceremony{}, err
	}
	enc := base64.RawURLEncoding
	return Ceremony{string(text), enc.EncodeToString(body) + "." + enc.EncodeToString(s.mac(body))}, nil
}
