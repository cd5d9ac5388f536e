package factor

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
)

// TOTPPeriod is how long one code of an authenticator app is valid (RFC 6238 section 5.2).
// Not all apps support other periods, other lengths than six digits, or other hashes than
// SHA-1.
const TOTPPeriod = 30 * time.Second

const (
	totpSecretBytes = 20 // 160 bits, RFC 4226 section 4, R6
	totpSecretLeast = 16 // 128 bits, the minimum of R6
	totpDigits      = 6
	totpWindow      = 1  // steps before and after that are accepted, for slow typing, as RFC 6238 section 5.2 recommends
	totpDrift       = 20 // steps before and after that are searched to recognise a wrong clock: ten minutes
)

// NewTOTPSecret returns 20 random bytes, the seed for an authenticator app.
func NewTOTPSecret() []byte {
	secret := make([]byte, totpSecretBytes)
	_, _ = rand.Read(secret) // does not fail: crypto/rand ends the program instead
	return secret
}

// TOTPText returns a seed as people type it into an app: base32 in upper case without
// padding, 32 characters for 20 bytes.
func TOTPText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// TOTPGroups returns TOTPText in groups of four, separated by spaces, for reading.
func TOTPGroups(secret []byte) string {
	var groups []string
	for group := range slices.Chunk([]byte(TOTPText(secret)), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

// TOTPURI returns the text of an enrolment's QR code, in Google Authenticator's Key Uri
// Format. Names may have any characters: all but letters, digits and -_.~ are
// percent-encoded. A colon becomes a space, because the format ends the issuer at the first
// colon, even an encoded one. The issuer is cut to 40 characters and the account to 64, so
// that cameras can read the code.
func TOTPURI(secret []byte, issuer, account string) string {
	issuer, account = totpName(issuer, 40), totpName(account, 64)
	query := "secret=" + TOTPText(secret)
	label := account
	if issuer != "" {
		label = issuer + ":" + account
		query += "&issuer=" + issuer
	}
	return "otpauth://totp/" + label + "?" + query + "&algorithm=SHA1&digits=6&period=30"
}

// totpName returns a name, cut and percent-encoded.
func totpName(s string, longest int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, ":", " "), "")
	runes := []rune(strings.Join(strings.Fields(s), " "))
	s = strings.TrimSpace(string(runes[:min(len(runes), longest)]))
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") // apps show a + unchanged
}

// TOTPVerdict is the result of verifying one code of an authenticator app.
type TOTPVerdict struct {
	OK       bool
	Step     int64         // the step that matched, to be stored as the last accepted one; 0 unless OK
	Replayed bool          // not OK: the code is right for now but its step is not after the last one: it was used, or a clock was set back
	Drift    time.Duration // not OK: the code is of a step this far away, at most ±10 minutes, positive when the phone's clock is ahead; 0 when not found
}

// LastTimeStep returns the last step of which VerifyTOTP accepts a code at a time.
func LastTimeStep(now time.Time) int64 { return now.Unix()/int64(TOTPPeriod/time.Second) + totpWindow }

// VerifyTOTP verifies a code as typed (see NormalizeCode) against the present step and the
// ones before and after it, RFC 6238 section 5.2. last is the last accepted step, 0 for
// none: steps up to it are never accepted again, even if a clock was set back (NIST SP
// 800-63B-4 section 3.1.4.2). The caller stores Step in one atomic statement that fails when
// a later step is stored.
//
// Steps outside the window are compared only to say why a code failed. If an attacker is
// told Drift, their guesses count for 41 steps, although none signs in; during enrolment
// people need it. That such a step is not after the last one says nothing of use: where another phone is ahead, a slow one only
// has codes from before, and its owner has to hear of the clock.
//
// It always compares all steps, each in constant time. A secret shorter than 16 bytes
// verifies nothing.
func VerifyTOTP(secret []byte, code string, last int64, now time.Time) TOTPVerdict {
	code = NormalizeCode(code)
	if len(secret) < totpSecretLeast || len(code) != totpDigits {
		return TOTPVerdict{}
	}
	text := TOTPText(secret)
	current := now.Unix() / int64(TOTPPeriod/time.Second)
	var ok, replayed bool
	var step, offset int64
	for off := int64(-totpDrift); off <= totpDrift; off++ {
		at := current + off
		if at < 1 {
			continue // before 1970; no step is negative
		}
		want, err := hotp.GenerateCode(text, uint64(at))
		if err != nil || subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 0 {
			continue
		}
		fresh := at > last
		switch near := -totpWindow <= off && off <= totpWindow; {
		case near && fresh:
			// Two steps can have the same code by chance. Then the later one counts as used, so
			// that the code does not work again at that time.
			ok, step = true, at
		case near:
			replayed = true
		case offset == 0 || abs(off) < abs(offset):
			offset = off
		}
	}
	switch {
	case ok:
		return TOTPVerdict{OK: true, Step: step}
	case replayed:
		return TOTPVerdict{Replayed: true}
	case offset != 0:
		return TOTPVerdict{Drift: time.Duration(offset) * TOTPPeriod}
	}
	return TOTPVerdict{}
}

func abs(n int64) int64 { return max(n, -n) }
