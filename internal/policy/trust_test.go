package policy_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

var methods = []string{
	"", sallyport.MethodTOTP, sallyport.MethodSMS, sallyport.MethodEmail, sallyport.MethodWebAuthn, sallyport.MethodBackupCodes,
}

// A proof on a device gives the level of its own row of the table: 3 is only for a passkey
// that verified its user in a step-up.
func TestEarned(t *testing.T) {
	p := sallyport.Policy{MFAMethods: methods[1:]}
	for _, method := range methods {
		for _, verified := range []bool{false, true} {
			for _, stepUp := range []bool{false, true} {
				for level := sallyport.TrustNone; level <= sallyport.TrustHigh; level++ {
					want, reason := level, policy.TrustReason("")
					switch {
					case level == sallyport.TrustNone, method == "", method == sallyport.MethodBackupCodes:
					case method == sallyport.MethodWebAuthn && verified && stepUp:
						want, reason = sallyport.TrustHigh, policy.PasskeyStepUp
					case level <= sallyport.TrustMedium:
						want, reason = sallyport.TrustMedium, policy.FactorPassed
					}
					shown := policy.Shown{Method: method, UserVerified: verified, StepUp: stepUp}
					if got, why := policy.Earned(p, level, shown); got != want || why != reason {
						t.Errorf("%+v on a device of level %d earns %d by %q, want %d by %q", shown, level, got, why, want, reason)
					}
				}
			}
		}
	}
}

// A method that policy forbids by now may be proven, and raises no device.
func TestForbiddenMethodsEarnNothing(t *testing.T) {
	for _, method := range methods {
		shown := policy.Shown{Method: method, UserVerified: true, StepUp: true}
		if got, why := policy.Earned(sallyport.Policy{}, sallyport.TrustLow, shown); got != sallyport.TrustLow || why != "" {
			t.Errorf("%s earns %d by %q", method, got, why)
		}
	}
}

// Each row has its level, and none gives a level without proof.
func TestTrustRules(t *testing.T) {
	levels := map[policy.TrustReason]sallyport.TrustLevel{
		policy.ChosenAtSignIn: 1, policy.FactorPassed: 2, policy.ConfirmedElsewhere: 2, policy.ConfirmedByMail: 2,
		policy.PasskeyStepUp: 3, policy.SetByAdmin: 3, policy.Cleared: 1, policy.Overdue: 1,
	}
	for _, r := range policy.TrustRules {
		if policy.LevelOf(r.Reason) != levels[r.Reason] || r.Level == 0 || r.Means == "" {
			t.Errorf("%+v", r)
		}
	}
	if len(policy.TrustRules) != len(levels) {
		t.Errorf("%d rows, want %d", len(policy.TrustRules), len(levels))
	}
	defer func() {
		if recover() == nil {
			t.Error("a reason that is no row leads somewhere")
		}
	}()
	policy.LevelOf("age")
}

// Trust is the device's own until it is overdue, to the microsecond, and none when it is
// blocked.
func TestTrustAtAMoment(t *testing.T) {
	const reverify = 30 * 24 * time.Hour
	p := sallyport.Policy{DeviceReverify: reverify}
	for _, tt := range []struct {
		name string
		age  time.Duration
		p    sallyport.Policy
		want [4]sallyport.TrustLevel // by level
	}{
		{"just verified", 0, p, [4]sallyport.TrustLevel{0, 1, 2, 3}},
		{"as old as may be", reverify - time.Microsecond, p, [4]sallyport.TrustLevel{0, 1, 2, 3}},
		{"overdue by nothing", reverify, p, [4]sallyport.TrustLevel{0, 1, 1, 1}},
		{"long overdue", 20 * reverify, p, [4]sallyport.TrustLevel{0, 1, 1, 1}},
		{"never overdue", 20 * reverify, sallyport.Policy{}, [4]sallyport.TrustLevel{0, 1, 2, 3}},
	} {
		for level, want := range tt.want {
			d := sallyport.Device{Status: sallyport.DeviceActive, TrustLevel: sallyport.TrustLevel(level), VerifiedAt: now.Add(-tt.age)}
			if got := policy.Trust(tt.p, d, now); got != want {
				t.Errorf("%s: level %d counts as %d, want %d", tt.name, level, got, want)
			}
			for what, blocked := range map[string]func(*sallyport.Device){
				"suspended":   func(d *sallyport.Device) { d.Status = sallyport.DeviceSuspended },
				"revoked":     func(d *sallyport.Device) { d.Status = sallyport.DeviceRevoked },
				"compromised": func(d *sallyport.Device) { d.CompromisedAt = now },
				"unknown":     func(d *sallyport.Device) { *d = sallyport.Device{} },
			} {
				b := d
				blocked(&b)
				if got := policy.Trust(tt.p, b, now); got != sallyport.TrustNone {
					t.Errorf("%s, %s: level %d counts as %d", tt.name, what, level, got)
				}
			}
		}
	}
}

// Time alone never raises trust, whatever the policy and the device.
func TestTimeNeverRaisesTrust(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 41))
	for range 20_000 {
		p := sallyport.Policy{DeviceReverify: time.Duration(r.IntN(4)) * 24 * time.Hour}
		d := sallyport.Device{
			Status: sallyport.DeviceActive, TrustLevel: sallyport.TrustLevel(r.IntN(4)),
			CreatedAt: now.Add(-time.Duration(r.IntN(1000)) * time.Hour), VerifiedAt: now.Add(-time.Duration(r.IntN(100)) * time.Hour),
		}
		at := now
		last := policy.Trust(p, d, at)
		if last > d.TrustLevel {
			t.Fatalf("%+v counts as %d", d, last)
		}
		for range 10 {
			at = at.Add(time.Duration(r.IntN(48*60)) * time.Minute)
			next := policy.Trust(p, d, at)
			if next > last {
				t.Fatalf("%+v under %v rose from %d to %d by waiting", d, p.DeviceReverify, last, next)
			}
			last = next
		}
	}
}

func TestMayRaise(t *testing.T) {
	for _, tt := range []struct {
		level         sallyport.TrustLevel
		inUse, toHigh bool
		want          policy.Raise
	}{
		{0, true, false, policy.RaiseTrust},
		{0, true, true, policy.RaiseTrust},
		{1, true, false, policy.RaiseVerify},
		{2, true, false, policy.RaiseNot},
		{2, true, true, policy.RaiseVerify},
		{3, true, true, policy.RaiseNot},
		{0, false, false, policy.RaiseConfirm},
		{1, false, true, policy.RaiseConfirm},
		{2, false, true, policy.RaiseNot},
		{3, false, false, policy.RaiseNot},
	} {
		if got := policy.MayRaise(tt.level, tt.inUse, tt.toHigh); got != tt.want {
			t.Errorf("level %d, in use %v, to high %v: %q, want %q", tt.level, tt.inUse, tt.toHigh, got, tt.want)
		}
	}
}
