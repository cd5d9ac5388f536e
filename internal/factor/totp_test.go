package factor_test

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/factor"
)

// rfcSecret is the one of RFC 6238 Appendix B for SHA-1.
var rfcSecret = []byte("12345678901234567890")

// oathCode asks oathtool, which is independent of our code. A missing tool fails the test:
// scripts/setup.sh installs it.
func oathCode(t *testing.T, secret []byte, at time.Time) string {
	t.Helper()
	out, err := exec.Command("oathtool", "--totp=sha1", "--digits=6", "--time-step-size=30s",
		"--now="+at.UTC().Format("2006-01-02 15:04:05 UTC"), hex.EncodeToString(secret)).CombinedOutput()
	if err != nil {
		t.Fatalf("oathtool (scripts/setup.sh installs it): %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestTOTPOfTheRFC(t *testing.T) {
	// RFC 6238 Appendix B; the last six of its eight digits are the code of six.
	for seconds, eight := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		v := factor.VerifyTOTP(rfcSecret, eight[2:], 0, time.Unix(seconds, 0))
		if want := (factor.TOTPVerdict{OK: true, Step: seconds / 30}); v != want {
			t.Errorf("at %d: %+v, want %+v", seconds, v, want)
		}
	}
}

func TestTOTPAgreesWithOathtool(t *testing.T) {
	for i := range 20 {
		secret := factor.NewTOTPSecret()
		now := time.Unix(1_700_000_000+int64(i)*7_654_321, 0)
		code := oathCode(t, secret, now)
		if v := factor.VerifyTOTP(secret, code, 0, now); !v.OK || v.Step != now.Unix()/30 {
			t.Errorf("code %s of %s at %d: %+v", code, factor.TOTPText(secret), now.Unix(), v)
		}
		other := []byte(code)
		other[5] = '0' + (other[5]-'0'+1)%10
		if v := factor.VerifyTOTP(secret, string(other), 0, now); v.OK {
			t.Errorf("a code that is one off is accepted")
		}
	}
}

// start is the first second of a step; codeAt's secret has no two steps near it
// with the same code, which TestTOTPNoCollisions shows.
var start = time.Unix(1_800_000_000, 0)

func codeAt(t *testing.T, steps int) string {
	return oathCode(t, rfcSecret, start.Add(time.Duration(steps)*factor.TOTPPeriod))
}

func TestTOTPNoCollisions(t *testing.T) {
	seen := map[string]int{}
	for i := -45; i <= 45; i++ {
		code := codeAt(t, i)
		if j, ok := seen[code]; ok {
			t.Fatalf("steps %d and %d have one code: choose another start", i, j)
		}
		seen[code] = i
	}
}

// Each case verifies the code of step 0 (start to start+29s) at another second.
func TestTOTPWindow(t *testing.T) {
	code, step := codeAt(t, 0), start.Unix()/30
	drift := func(steps int) factor.TOTPVerdict {
		return factor.TOTPVerdict{Drift: time.Duration(steps) * 30 * time.Second}
	}
	ok := factor.TOTPVerdict{OK: true, Step: step}
	for _, tt := range []struct {
		after time.Duration // since start
		want  factor.TOTPVerdict
	}{
		{0, ok},
		{29*time.Second + 999*time.Millisecond, ok},
		{-30 * time.Second, ok}, // first second of the step before
		{-30*time.Second - time.Nanosecond, drift(2)},
		{59*time.Second + 999*time.Millisecond, ok}, // last of the step after
		{60 * time.Second, drift(-2)},
		{-31 * time.Second, drift(2)},
		{-10 * time.Minute, drift(20)},
		{-10*time.Minute - time.Nanosecond, factor.TOTPVerdict{}},
		{10 * time.Minute, drift(-20)},
		{10*time.Minute + 29*time.Second, drift(-20)},
		{10*time.Minute + 30*time.Second, factor.TOTPVerdict{}},
		{-5 * time.Minute, drift(10)}, // the phone is five minutes ahead
		{time.Hour, factor.TOTPVerdict{}},
	} {
		if got := factor.VerifyTOTP(rfcSecret, code, 0, start.Add(tt.after)); got != tt.want {
			t.Errorf("%v after its step began: %+v, want %+v", tt.after, got, tt.want)
		}
	}
}

func TestTOTPReplay(t *testing.T) {
	step := start.Unix() / 30
	replayed := factor.TOTPVerdict{Replayed: true}
	for _, tt := range []struct {
		name  string
		codes int   // the step the code is of
		last  int64 // from step
		now   time.Duration
		want  factor.TOTPVerdict
	}{
		{"first use", 0, -1, 0, factor.TOTPVerdict{OK: true, Step: step}},
		{"again at once", 0, 0, 0, replayed},
		{"again in the next step", 0, 0, 30 * time.Second, replayed},
		{"the code before an accepted one", -1, 0, 0, replayed},
		{"the one after an accepted one", 1, 0, 0, factor.TOTPVerdict{OK: true, Step: step + 1}},
		{"the one before, after one that was ahead", 0, 1, 0, replayed},
		{"the server's clock set back by an hour", 0, 120, 0, replayed},
		{"the server's clock set back by a year", 0, 1_051_200, 0, replayed},
		{"of the last step, typed long after", 0, 0, 5 * time.Minute, factor.TOTPVerdict{Drift: -5 * time.Minute}},
		{"by a slow clock, where another phone is right", -20, 0, 0, factor.TOTPVerdict{Drift: -10 * time.Minute}},
		{"just outside of the window", 0, 0, 60 * time.Second, factor.TOTPVerdict{Drift: -60 * time.Second}},
		{"from before the last one, by a slow clock", -10, -20, 0, factor.TOTPVerdict{Drift: -5 * time.Minute}},
		{"wrong", 1000, 0, 0, factor.TOTPVerdict{}},
	} {
		if got := factor.VerifyTOTP(rfcSecret, codeAt(t, tt.codes), step+tt.last, start.Add(tt.now)); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// Two steps of the window have the same code about once in a million. Such a code must be
// accepted once only.
func TestTOTPSameCodeTwice(t *testing.T) {
	secret := []byte("12345678901234567890")
	at := int64(-1)
	previous := [2]string{}
	for step := int64(1); step < 20_000_000; step++ {
		code := hotpSix(secret, step)
		if code == previous[0] { // two steps before
			at = step - 1
			break
		}
		previous[0], previous[1] = previous[1], code
	}
	if at < 0 {
		t.Fatal("no such steps")
	}
	now := time.Unix(at*30, 0)
	code := hotpSix(secret, at+1)
	first := factor.VerifyTOTP(secret, code, 0, now)
	if !first.OK || first.Step != at+1 {
		t.Fatalf("step %d: %+v", at, first)
	}
	if again := factor.VerifyTOTP(secret, code, first.Step, now.Add(30*time.Second)); again.OK || !again.Replayed {
		t.Errorf("the same code a second time: %+v", again)
	}
}

func TestTOTPInputs(t *testing.T) {
	code := codeAt(t, 0)
	for name, text := range map[string]string{
		"space": code[:3] + " " + code[3:], "narrow space": code[:3] + "\u202f" + code[3:] + "\n", "dash": code[:3] + "-" + code[3:],
	} {
		if !factor.VerifyTOTP(rfcSecret, text, 0, start).OK {
			t.Errorf("%s: %q is refused", name, text)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "five": code[1:], "seven": code + "0", "eight": "00" + code, "letter": code[:5] + "O", "sign": "+" + code[1:],
	} {
		if v := factor.VerifyTOTP(rfcSecret, text, 0, start); v != (factor.TOTPVerdict{}) {
			t.Errorf("%s: %+v", name, v)
		}
	}
	for _, secret := range [][]byte{nil, {}, rfcSecret[:15]} {
		if v := factor.VerifyTOTP(secret, oathCode(t, append([]byte{0}, secret...), start), 0, start); v.OK {
			t.Errorf("a secret of %d bytes verifies", len(secret))
		}
	}
	empty := fmt.Sprintf("%06d", hotpNumber(nil, start.Unix()/30)%1_000_000)
	if v := factor.VerifyTOTP(nil, empty, 0, start); v != (factor.TOTPVerdict{}) {
		t.Errorf("no secret verifies: %+v", v)
	}
	for _, now := range []time.Time{{}, time.Unix(0, 0), time.Unix(-90, 0)} {
		if v := factor.VerifyTOTP(rfcSecret, code, 0, now); v.OK {
			t.Errorf("at %v: %+v", now, v)
		}
	}
}

func TestNewTOTPSecret(t *testing.T) {
	a, b := factor.NewTOTPSecret(), factor.NewTOTPSecret()
	if len(a) != 20 || string(a) == string(b) {
		t.Errorf("%x and %x", a, b)
	}
	if got, want := factor.TOTPText(rfcSecret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"; got != want {
		t.Errorf("text %s, want %s", got, want)
	}
	if got, want := factor.TOTPGroups(rfcSecret), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"; got != want {
		t.Errorf("groups %s, want %s", got, want)
	}
}

func TestTOTPURI(t *testing.T) {
	const head, tail = "otpauth://totp/", "&algorithm=SHA1&digits=6&period=30"
	secret := "?secret=" + factor.TOTPText(rfcSecret)
	for _, tt := range []struct{ issuer, account, label, query string }{
		{"Acme", "ann@example.com", "Acme:ann%40example.com", "&issuer=Acme"},
		{"Acme & Söhne", "ann+x@example.com", "Acme%20%26%20S%C3%B6hne:ann%2Bx%40example.com", "&issuer=Acme%20%26%20S%C3%B6hne"},
		{"Acme: Bern", "a:b", "Acme%20Bern:a%20b", "&issuer=Acme%20Bern"},
		{"🦊/Fox?", "#1", "%F0%9F%A6%8A%2FFox%3F:%231", "&issuer=%F0%9F%A6%8A%2FFox%3F"},
		{"", "ann@example.com", "ann%40example.com", ""},
		{"a\xff\nb", "x", "a%20b:x", "&issuer=a%20b"},
	} {
		got := factor.TOTPURI(rfcSecret, tt.issuer, tt.account)
		if want := head + tt.label + secret + tt.query + tail; got != want {
			t.Errorf("%q, %q:\n%s, want\n%s", tt.issuer, tt.account, got, want)
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		// What an app does: the label up to the colon is the issuer.
		issuer, _, found := strings.Cut(strings.TrimPrefix(u.Path, "/"), ":")
		if found && issuer != u.Query().Get("issuer") {
			t.Errorf("%s: the label's issuer is %q, the parameter's %q", got, issuer, u.Query().Get("issuer"))
		}
	}
	if n := len(factor.TOTPURI(rfcSecret, strings.Repeat("🦊", 500), strings.Repeat("ü", 500))); n > 1600 {
		t.Errorf("the longest names make %d bytes", n)
	}
}
