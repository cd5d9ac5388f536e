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

// TOTPPeriod is how long one code of an authenticator app lasts (RFC 6238
// section 5.2). Apps know no other period reliably, nor other than six digits
// and SHA-1.
const TOTPPeriod = 30 * time.Second

const (
	totpSecretBytes = 20 // 160 bits, RFC 4226 section 4, R6
	totpSecretLeast = 16 // 128 bits, the least that R6 allows
	totpDigits      = 6
	totpWindow      = 1  // steps either side that count: one for slow fingers, as RFC 6238 section 5.2 advises
	totpDrift       = 20 // steps either side that are looked at to tell a wrong clock: ten minutes
)

// NewTOTPSecret returns 20 random bytes to share with an authenticator app.
func NewTOTPSecret() []byte {
	secret := make([]byte, totpSecretBytes)
	_, _ = rand.Read(secret) // never fails, or ends the program
	return secret
}

// TOTPText returns a secret as people type it into an app: base32 in upper case
// without padding, 32 characters for 20 bytes.
func TOTPText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// TOTPGroups returns TOTPText in groups of four, separated by spaces, as people
// read it from a page.
func TOTPGroups(secret []byte) string {
	var groups []string
	for group := range slices.Chunk([]byte(TOTPText(secret)), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

// TOTPURI returns what the QR code of an enrolment says, in Google
// Authenticator's Key Uri Format. Names may have any characters: all but
// letters, digits and -_.~ are percent-encoded, and a colon becomes a space,
// because the format ends the issuer at the first colon, encoded or not. Past
// 40 characters of the issuer and 64 of the account they are cut, so that the
// picture stays coarse enough for a camera.
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
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") // apps show a + as it is
}

// TOTPVerdict is what one code of an authenticator app proves.
type TOTPVerdict struct {
	OK       bool
	Step     int64         // the step that matched, to be stored as the last accepted one; 0 unless OK
	Replayed bool          // not OK: the code is right, but of a step at or before the last: it was used, or a clock went back
	Drift    time.Duration // not OK: the code is that of a step this far off, up to ±10 minutes, positive when the phone's clock is ahead; 0 when none is known
}

// VerifyTOTP verifies a code as somebody typed it (see NormalizeCode) against
// the step of now and one either side, RFC 6238 section 5.2. last is the step
// that was accepted last, 0 when none was: no step up to it is accepted again,
// whatever the clock says (NIST SP 800-63B-4 section 3.1.4.2). The caller
// stores Step in one atomic statement, which fails when a later one is there.
//
// Steps out of the window are looked at only to say why a code fails. A caller
// that tells Drift to somebody who guesses makes the guesses of 41 steps worth
// something, if not a sign-in; during enrolment it is what people need to know.
//
// All steps are compared, each in constant time, whichever matches. A secret
// shorter than 16 bytes verifies nothing.
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
			continue // before 1970; no counter is negative
		}
		want, err := hotp.GenerateCode(text, uint64(at))
		if err != nil || subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 0 {
			continue
		}
		fresh := at > last
		switch near := -totpWindow <= off && off <= totpWindow; {
		case near && fresh:
			// Of two steps with one code, which happens, the later is burnt:
			// the code must not work again when the clock gets there.
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
		return TOTPVerdict{Replayed: current+offset <= last, Drift: time.Duration(offset) * TOTPPeriod}
	}
	return TOTPVerdict{}
}

func abs(n int64) int64 { return max(n, -n) }
