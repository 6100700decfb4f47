// Package user defines user accounts and the rules for passwords.
package user

import (
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// User is the account of a person. Email is unique after Fold.
type User struct {
	ID           tenant.UserID
	Email, Name  string
	PasswordHash string
	Admin        bool
	Active       bool
	// Theme is dark, light or system. TimeZone is an IANA name, or empty for the browser's time zone.
	Theme, TimeZone string
	CreatedAt       time.Time
}

// Fold returns the form of an e-mail address to use in comparisons.
func Fold(email string) string { return tenant.FoldEmail(email) }

// CheckEmail validates an e-mail address.
func CheckEmail(email string) error {
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || len(email) > 254 {
		return fault.Field("email", "%q is not a valid e-mail address. Use an address like ann@example.org.", email)
	}
	return nil
}

// Check validates u's e-mail address and name.
func (u User) Check() error {
	var f fault.Fields
	var wrong *fault.Error
	if errors.As(CheckEmail(u.Email), &wrong) {
		f = append(f, wrong)
	}
	if u.Erased() {
		f.Add("email", "%q cannot be used, because addresses like this are reserved for erased users.", u.Email)
	}
	if n := utf8.RuneCountInString(text.Line(u.Name)); n < 1 || n > 100 {
		f.Add("name", "Enter a name of 1 to 100 characters (you entered %d).", n)
	}
	return f.Err()
}

// MinPassword and MaxPassword are the limits for the length of a password in characters.
const (
	MinPassword = 12
	MaxPassword = 200
)

// CheckPassword refuses passwords that are too short, too long or equal to the e-mail address.
func CheckPassword(password, email string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < MinPassword:
		return fault.Field("password", "Use at least %d characters (you entered %d).", MinPassword, n)
	case n > MaxPassword:
		return fault.Field("password", "Use at most %d characters (you entered %d).", MaxPassword, n)
	case Fold(password) == Fold(email):
		return fault.Field("password", "Your password cannot be your e-mail address.")
	}
	return nil
}

// hashing limits how many argon2id runs are active at a time, because each one needs 19 MiB.
var hashing = make(chan struct{}, 4)

var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword returns the argon2id hash in PHC format.
func HashPassword(password string) (string, error) {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2id.CreateHash(password, params)
}

// decoy is the hash of a random text that nobody knows. Verify compares with it for unknown users, so that they take the same
// time. It is a constant because agents' shells are this program and start too often to compute a hash each time.
const decoy = "$argon2id$v=19$m=19456,t=2,p=1$UyBokGV2yaeG1f0xarZt2Q$dDgJ6hJP7BV1w6jQGLw7j4Dhw29r8X+w6tR0PgmCXTU"

// Verify reports whether password matches hash. An empty hash never matches and takes the same time.
func Verify(password, hash string) bool {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	exists := hash != ""
	if !exists {
		hash = decoy
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && ok && exists
}

// Login is one signed-in browser of a user.
type Login struct {
	ID                             string
	User                           tenant.UserID
	CreatedAt, LastSeenAt, Expires time.Time
	Peer, UserAgent                string
	// SecondFactor is true if the user has a second factor. It is set only if the login was loaded by its ID.
	SecondFactor bool
	// Via is the way the user signed in.
	Via Via
}

// erasedHost is the domain of erased users' addresses. Nobody can own an address in it.
const erasedHost = "@erased.invalid"

// Erased reports whether the account is only a pseudonym.
func (u User) Erased() bool { return strings.HasSuffix(u.Email, erasedHost) }

// Pseudonym returns the user without name, address and permissions. It depends only on the ID.
func (u User) Pseudonym() User {
	short := string(u.ID)
	short = short[max(len(short)-8, 0):]
	return User{ID: u.ID, Email: "erased-" + string(u.ID) + erasedHost, Name: "erased person " + short, Theme: "system", CreatedAt: u.CreatedAt}
}
