package profile

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// A badge is amber only where its owner has something to do.
func TestTrustBadge(t *testing.T) {
	s := kittest.Speaker()
	for _, tt := range []struct {
		reason      policy.TrustReason
		was, now    sallyport.TrustLevel
		tone, words string
	}{
		{policy.ChosenAtSignIn, sallyport.TrustNone, sallyport.TrustNone, "plain", ""},
		{policy.ChosenAtSignIn, sallyport.TrustLow, sallyport.TrustLow, "plain", "not verified yet"},
		{policy.Cleared, sallyport.TrustLow, sallyport.TrustLow, "plain", "cleared by an administrator"},
		{policy.FactorPassed, sallyport.TrustMedium, sallyport.TrustMedium, "info", "verified with a second factor"},
		{policy.PasskeyStepUp, sallyport.TrustHigh, sallyport.TrustHigh, "good", "verified with a passkey"},
		{policy.FactorPassed, sallyport.TrustMedium, sallyport.TrustLow, "warn", "verify it again"},
		{policy.Overdue, sallyport.TrustLow, sallyport.TrustLow, "warn", "verify it again"},
	} {
		b := kit.ViewTrust(s, "x", device.Device{Trust: tt.now, Device: sallyport.Device{ID: "d", TrustLevel: tt.was, TrustReason: string(tt.reason)}})
		if b.Tone != tt.tone || b.Words != tt.words {
			t.Errorf("%s, %d of %d: %s %q, want %s %q", tt.reason, tt.now, tt.was, b.Tone, b.Words, tt.tone, tt.words)
		}
	}
	for _, row := range policy.TrustRules {
		if !s.Has("trust.short." + string(row.Reason)) {
			t.Errorf("%s has no words", row.Reason)
		}
	}
}

// Another device is offered for trust only from one that is worth its word.
func TestRaiseOffered(t *testing.T) {
	s := kittest.Speaker()
	for _, tt := range []struct {
		raise policy.Raise
		level sallyport.TrustLevel
		inUse sallyport.TrustLevel
		want  string
	}{
		{policy.RaiseNot, sallyport.TrustHigh, sallyport.TrustHigh, ""},
		{policy.RaiseTrust, sallyport.TrustNone, sallyport.TrustNone, "Trust this device"},
		{policy.RaiseVerify, sallyport.TrustLow, sallyport.TrustLow, "Trust this device"},
		{policy.RaiseVerify, sallyport.TrustMedium, sallyport.TrustMedium, "Trust this device more"},
		{policy.RaiseConfirm, sallyport.TrustLow, sallyport.TrustLow, ""},
		{policy.RaiseConfirm, sallyport.TrustNone, sallyport.TrustNone, ""},
		{policy.RaiseConfirm, sallyport.TrustLow, sallyport.TrustMedium, "Trust this device"},
	} {
		got := ""
		if a := raise(s, device.Device{Trust: tt.level, Raise: tt.raise}, owned{current: tt.inUse, factor: true}); a != nil {
			got = a.Text
		}
		if got != tt.want {
			t.Errorf("%s at %d from %d: %q, want %q", tt.raise, tt.level, tt.inUse, got, tt.want)
		}
	}
}

// Few backup codes need their owner, and enough of them do not.
func TestCodesNeedSomebody(t *testing.T) {
	for left, want := range map[int]bool{0: true, 1: true, 2: true, 10: false} {
		f := mfa.Factors{Enabled: true, Codes: true, CodesLeft: left, CodesFrom: kittest.Now.Add(-time.Hour)}
		if got := needCodes(kittest.Speaker(), standing{factors: f}) != nil; got != want {
			t.Errorf("%d left: %v", left, got)
		}
	}
	unsaved := mfa.Factors{Enabled: true, Codes: true, Unsaved: true, CodesLeft: 10, CodesFrom: kittest.Now.Add(-time.Hour)}
	if n := needCodes(kittest.Speaker(), standing{factors: unsaved}); n == nil || n.Title != "You have not saved your backup codes" || len(n.Acts) != 2 {
		t.Errorf("codes that nobody has saved: %+v", n)
	}
	if needCodes(kittest.Speaker(), standing{factors: mfa.Factors{Codes: true}}) != nil {
		t.Error("without a second factor there is none to make codes for")
	}
}
