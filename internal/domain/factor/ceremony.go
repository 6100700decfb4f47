package factor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// What a ticket is for: one that was made for one thing is no good for another.
const (
	registering = "register"
	stepping    = "second step"
	signingIn   = "sign in"
)

// ErrTooOld says that a ticket is past its time.
var ErrTooOld = errors.New("the page was open for too long")

// errTicket says that a ticket is not one of ours, or for something else.
var errTicket = errors.New("the ticket is not of this server or for something else")

// open reads a ticket that sign made for a purpose.
func (s *Site) open(purpose, text string, now time.Time) (t ticket, err error) {
	left, right, _ := strings.Cut(text, ".")
	body, errB := base64.RawURLEncoding.DecodeString(left)
	mac, errM := base64.RawURLEncoding.DecodeString(right)
	if errB != nil || errM != nil || !hmac.Equal(mac, s.mac(body)) {
		return t, errTicket
	}
	if err := json.Unmarshal(body, &t); err != nil || t.Purpose != purpose {
		return t, errTicket
	}
	if now.After(t.Until) {
		return t, ErrTooOld
	}
	return t, nil
}

// Challenge names the challenge of a ceremony that was answered, so that an answer counts once; it may be forgotten after Until.
type Challenge struct {
	Hash  string
	Until time.Time
}

func (t ticket) challenge() Challenge {
	sum := sha256.Sum256([]byte(t.Session.Challenge))
	return Challenge{hex.EncodeToString(sum[:]), t.Until}
}

// BeginRegister prepares a new passkey of a person.
func (s *Site) BeginRegister(h Holder, now time.Time) (Ceremony, error) {
	c, session, err := s.web.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, err
	}
	return s.sign(registering, session, c.Response, now)
}

// Registered is a new passkey: its credential as it is stored, the credential's id and its counter.
type Registered struct {
	Credential, CredentialID string
	Count                    uint32
	Challenge                Challenge
}

// Register checks a browser's answer to BeginRegister.
func (s *Site) Register(h Holder, ticketText, answer string, now time.Time) (r Registered, err error) {
	t, err := s.open(registering, ticketText, now)
	if err != nil {
		return r, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return r, err
	}
	c, err := s.web.CreateCredential(h, t.Session, parsed)
	if err != nil {
		return r, err
	}
	return Registered{store(c), base64.RawURLEncoding.EncodeToString(c.ID), c.Authenticator.SignCount, t.challenge()}, nil
}

func store(c *webauthn.Credential) string {
	b, _ := json.Marshal(c) // bytes, numbers and flags
	return string(b)
}

// BeginStep prepares the second step of a person who has passkeys.
func (s *Site) BeginStep(h Holder, now time.Time) (Ceremony, error) {
	c, session, err := s.web.BeginLogin(h)
	if err != nil {
		return Ceremony{}, err
	}
	return s.sign(stepping, session, c.Response, now)
}

// BeginSignIn prepares a sign-in by passkey alone, of whoever will answer.
func (s *Site) BeginSignIn(now time.Time) (Ceremony, error) {
	c, session, err := s.web.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, err
	}
	return s.sign(signingIn, session, c.Response, now)
}

// Used is a passkey that answered: as it was, and its credential and counter as they are to be stored. Copied says that the
// counter went back: somebody else may hold a copy of the key.
type Used struct {
	Was        Passkey
	Credential string
	Count      uint32
	Copied     bool
	Challenge  Challenge
}

func used(h Holder, c *webauthn.Credential, t ticket) (Used, error) {
	was, ok := h.passkey(c.ID)
	if !ok {
		return Used{}, errTicket
	}
	return Used{was, store(c), c.Authenticator.SignCount, c.Authenticator.CloneWarning, t.challenge()}, nil
}

// Step checks a browser's answer to BeginStep.
func (s *Site) Step(h Holder, ticketText, answer string, now time.Time) (u Used, err error) {
	t, err := s.open(stepping, ticketText, now)
	if err != nil {
		return u, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return u, err
	}
	c, err := s.web.ValidateLogin(h, t.Session, parsed)
	if err != nil {
		return u, err
	}
	return used(h, c, t)
}

// SignIn checks a browser's answer to BeginSignIn; find gives the person whom the authenticator names.
func (s *Site) SignIn(find func(id string) (Holder, error), ticketText, answer string, now time.Time) (h Holder, u Used, err error) {
	t, err := s.open(signingIn, ticketText, now)
	if err != nil {
		return h, u, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return h, u, err
	}
	_, c, err := s.web.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		h, err = find(string(handle))
		return h, err
	}, t.Session, parsed)
	if err != nil {
		return h, u, err
	}
	u, err = used(h, c, t)
	return h, u, err
}
