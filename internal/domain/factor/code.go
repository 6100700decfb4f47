package factor

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
)

// period is how long a code of an authenticator app is valid. All apps assume this value.
const period = 30 * time.Second

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret returns a new secret for an authenticator app.
func NewSecret() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return base.EncodeToString(b[:])
}

// Address returns the URL that an authenticator app reads from a QR code.
func Address(secret, server, email string) string {
	q := url.Values{"secret": {secret}, "issuer": {server}}
	return "otpauth://totp/" + url.PathEscape(server+":"+email) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// Match finds the time step of a code, at most one step from now and later than after. A caller that stores the step accepts
// each code only once.
func Match(secret, code string, now time.Time, after int64) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	for d := int64(-1); d <= 1; d++ {
		at := now.Unix()/int64(period.Seconds()) + d
		want, err := hotp.GenerateCode(secret, uint64(at))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && at > after {
			step, ok = at, true
		}
	}
	return step, ok
}

// Code returns the code of an authenticator app at a time.
func Code(secret string, at time.Time) (string, error) {
	return hotp.GenerateCode(secret, uint64(at.Unix()/int64(period.Seconds())))
}

// recoveryCodes is the number of recovery codes that a user gets.
const recoveryCodes = 10

// crockford leaves out characters that are easily confused.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewRecoveryCodes returns ten codes such as 7k2mq-x9v4t, with 50 random bits each.
func NewRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		var b [7]byte
		_, _ = rand.Read(b[:])
		text := crockford.EncodeToString(b[:])
		codes[i] = text[:5] + "-" + text[5:10]
	}
	return codes
}

// FoldRecovery returns the canonical spelling of a recovery code, however it was typed, or "" if it is not a code.
func FoldRecovery(typed string) string {
	code := strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(typed))
	if len(code) != 10 {
		return ""
	}
	return code
}
