package mfa_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/store"
)

func usable(id, method, name string) store.Factor {
	return store.Factor{Factor: sallyport.Factor{
		ID: id, Method: method, Name: name, Status: sallyport.FactorActive, PhoneNumber: "+4915112345678", Email: "olga@corp.test", VerifiedAt: time.Unix(1, 0),
	}}
}

// Choices are listed strongest method first, with each number and address that codes are
// sent to. Backup codes come last, and alone are no choice.
func TestChoices(t *testing.T) {
	codes := usable("codes", sallyport.MethodBackupCodes, "")
	for _, tt := range []struct {
		name string
		st   mfa.Standing
		want []string
	}{
		{"nothing", mfa.Standing{}, nil},
		{"backup codes alone, until another one is set up", mfa.Standing{Codes: codes, Left: 10}, []string{"backup_codes codes "}},
		{"an app", mfa.Standing{Usable: []store.Factor{usable("a", sallyport.MethodTOTP, "Phone")}}, []string{"totp a Phone"}},
		{"an app, no codes left", mfa.Standing{Usable: []store.Factor{usable("a", sallyport.MethodTOTP, "")}, Codes: codes}, []string{"totp a "}},
		{"two of each", mfa.Standing{
			Usable: []store.Factor{
				usable("s1", sallyport.MethodSMS, "Work"), usable("a1", sallyport.MethodTOTP, "Phone"), usable("k1", sallyport.MethodWebAuthn, "Key"),
				usable("k2", sallyport.MethodWebAuthn, "Spare"), usable("s2", sallyport.MethodSMS, "Home"), usable("a2", sallyport.MethodTOTP, "Old"),
			}, Codes: codes, Left: 3,
		}, []string{"webauthn k1 ", "totp a1 ", "sms s1 Work", "sms s2 Home", "backup_codes codes "}},
	} {
		var got []string
		for _, c := range tt.st.Choices() {
			got = append(got, c.Method+" "+c.FactorID+" "+c.Name)
			if sent := sallyport.MethodOf(c.Method).Sent; sent != (c.Hint != "") || strings.Contains(c.Hint, "1511234") {
				t.Errorf("%s: %s is hinted at as %q", tt.name, c.Method, c.Hint)
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s, -want +got:\n%s", tt.name, d)
		}
	}
}

func TestMaskEmail(t *testing.T) {
	for in, want := range map[string]string{
		"olga@corp.test": "o•••@corp.test", "o@corp.test": "o•••@corp.test", "öl@corp.test": "ö•••@corp.test", "@corp.test": "•••", "olga": "•••", "": "•••",
	} {
		if got := mfa.MaskEmail(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
