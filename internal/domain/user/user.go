// Package user holds the people who sign in and the rules of their passwords.
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
)

// User is a person. Email is unique after Fold.
type User struct {
	ID           tenant.UserID
	Email, Name  string
	PasswordHash string
	Admin        bool
	Active       bool
	// Theme is dark, light or system; TimeZone an IANA name or empty for the browser's.
	Theme, TimeZone string
	CreatedAt       time.Time
}

// Fold gives the form of an e-mail address that is compared.
func Fold(email string) string { return tenant.FoldEmail(email) }

// CheckEmail refuses what is not an e-mail address.
func CheckEmail(email string) error {
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || len(email) > 254 {
		return fault.Field("email", "%q is not an e-mail address such as ann@example.org.", email)
	}
	return nil
}

// Check gives the faults of u's e-mail and name.
func (u User) Check() error {
	var f fault.Fields
	var wrong *fault.Error
	if errors.As(CheckEmail(u.Email), &wrong) {
		f = append(f, wrong)
	}
	if u.Erased() {
		f.Add("email", "%q is nobody's: such addresses stand for people who were erased.", u.Email)
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(u.Name)); n < 1 || n > 100 {
		f.Add("name", "A name has 1 to 100 characters; this one has %d.", n)
	}
	return f.Err()
}

// MinPassword and MaxPassword bound a password's length in characters.
const (
	MinPassword = 12
	MaxPassword = 200
)

// CheckPassword refuses passwords that are too short, too long or the e-mail address itself.
func CheckPassword(password, email string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < MinPassword:
		return fault.Field("password", "A password has at least %d characters; this one has %d.", MinPassword, n)
	case n > MaxPassword:
		return fault.Field("password", "A password has at most %d characters; this one has %d.", MaxPassword, n)
	case Fold(password) == Fold(email):
		return fault.Field("password", "The password may not be the e-mail address.")
	}
	return nil
}

// hashing caps parallel argon2id runs: each takes 19 MiB.
var hashing = make(chan struct{}, 4)

var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPassword gives the argon2id hash in PHC form.
func HashPassword(password string) (string, error) {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2id.CreateHash(password, params)
}

// decoy is compared for unknown users so that they take the same time: the hash of a random text that was thrown away.
// It is written down because agents' shells are this program, and begin too often to make one each time.
const decoy = "$argon2id$v=19$m=19456,t=2,p=1$UyBokGV2yaeG1f0xarZt2Q$dDgJ6hJP7BV1w6jQGLw7j4Dhw29r8X+w6tR0PgmCXTU"

// Verify says whether password belongs to hash. An empty hash takes the same time and is never right.
func Verify(password, hash string) bool {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	known := hash != ""
	if !known {
		hash = decoy
	}
	ok, err := argon2id.ComparePasswordAndHash(password, hash)
	return err == nil && ok && known
}

// Login is one signed-in browser of a person.
type Login struct {
	ID                             string
	User                           tenant.UserID
	CreatedAt, LastSeenAt, Expires time.Time
	Peer, UserAgent                string
	// SecondFactor says that the person has one; known only of a login that is read by its id.
	SecondFactor bool
	// Via says how the person signed in.
	Via Via
}

// erasedHost is where the addresses of erased people are: nobody can have one there.
const erasedHost = "@erased.invalid"

// Erased says that only a pseudonym is left of the person.
func (u User) Erased() bool { return strings.HasSuffix(u.Email, erasedHost) }

// Pseudonym is the person without name, address and rights; it depends on the id alone.
func (u User) Pseudonym() User {
	short := string(u.ID)
	short = short[max(len(short)-8, 0):]
	return User{ID: u.ID, Email: "erased-" + string(u.ID) + erasedHost, Name: "erased person " + short, Theme: "system", CreatedAt: u.CreatedAt}
}
