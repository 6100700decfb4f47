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

// The purposes of tickets. A ticket is valid only for its purpose.
const (
	registering = "register"
	stepping    = "second step"
	signingIn   = "sign in"
)

// ErrTooOld means that a ticket has expired.
var ErrTooOld = errors.New("the page was open for too long")

// errTicket means that a ticket is not from this server, or has a different purpose.
var errTicket = errors.New("the ticket is not from this server, or has a different purpose")

// open reads a ticket that sign created for a purpose.
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

// Challenge identifies the challenge of a completed ceremony, so that a response is accepted only once. It can be deleted after
// Until.
type Challenge struct {
	Hash  string
	Until time.Time
}

func (t ticket) challenge() Challenge {
	sum := sha256.Sum256([]byte(t.Session.Challenge))
	return Challenge{hex.EncodeToString(sum[:]), t.Until}
}

// BeginRegister starts the registration of a user's new passkey.
func (s *Site) BeginRegister(h Holder, now time.Time) (Ceremony, error) {
	c, session, err := s.web.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, err
	}
	return s.sign(registering, session, c.Response, now)
}

// Registered is a new passkey: the credential to store, the credential's ID and its counter.
type Registered struct {
	Credential, CredentialID string
	Count                    uint32
	Challenge                Challenge
}

// Register checks a browser's response to BeginRegister.
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
	b, _ := json.Marshal(c) // only bytes, numbers and flags, which always marshal
	return string(b)
}

// BeginStep starts the second step for a user who has passkeys.
func (s *Site) BeginStep(h Holder, now time.Time) (Ceremony, error) {
	c, session, err := s.web.BeginLogin(h)
	if err != nil {
		return Ceremony{}, err
	}
	return s.sign(stepping, session, c.Response, now)
}

// BeginSignIn starts a sign-in with only a passkey, when the user is not known yet.
func (s *Site) BeginSignIn(now time.Time) (Ceremony, error) {
	c, session, err := s.web.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, err
	}
	return s.sign(signingIn, session, c.Response, now)
}

// Used is a passkey that was used: its previous state, and the credential and counter to store. Copied means that the counter
// went backwards, so that somebody else may have a copy of the key.
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

// Step checks a browser's response to BeginStep.
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

// SignIn checks a browser's response to BeginSignIn; find returns the user with the ID from the authenticator.
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
