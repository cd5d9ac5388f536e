package signin

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/sallyport/sallyport"
)

func TestNext(t *testing.T) {
	for _, tt := range []struct {
		name   string
		f      facts
		state  State
		reason sallyport.Code
	}{
		{"nothing proven", facts{}, Password, ""},
		{"nothing proven, and everything wrong", facts{Disabled: true, DeviceBlocked: true, RequireTrusted: true, FactorRequired: true}, Password, ""},
		{"a factor without the password", facts{FactorProven: true, HasFactor: true, DeviceTrusted: true, DeviceKnown: true}, Password, ""},
		{"password", facts{PrimaryProven: true}, Done, ""},
		{"disabled", facts{PrimaryProven: true, Disabled: true}, Deny, sallyport.CodeAccountDisabled},
		{"disabled, with a factor", facts{PrimaryProven: true, Disabled: true, FactorRequired: true, HasFactor: true}, Deny, sallyport.CodeAccountDisabled},
		{"closed", facts{PrimaryProven: true, Closed: true}, Deny, sallyport.CodeAccountClosed},
		{"closed, with every proof but the mailbox", facts{PrimaryProven: true, Closed: true, FactorRequired: true, HasFactor: true, CanProve: true, FactorProven: true, OldPassword: true}, Deny, sallyport.CodeAccountClosed},
		{"closed and disabled", facts{PrimaryProven: true, Closed: true, Reopening: true, Disabled: true}, Deny, sallyport.CodeAccountDisabled},
		{"closed, an older factor", facts{PrimaryProven: true, Closed: true, Reopening: true, HasFactor: true, CanProve: true}, Factor, ""},
		{"closed, an older password does not stand for an older factor", facts{PrimaryProven: true, Closed: true, Reopening: true, CanProve: true, OldPassword: true}, Factor, ""},
		{"closed, an older factor proven", facts{PrimaryProven: true, Closed: true, Reopening: true, FactorRequired: true, HasFactor: true, CanProve: true, FactorProven: true, MustChangePassword: true}, ChangePassword, ""},
		{"closed, an older password and no older factor", facts{PrimaryProven: true, Closed: true, Reopening: true, OldPassword: true}, Done, ""},
		{"closed, an older password and a newer factor", facts{PrimaryProven: true, Closed: true, Reopening: true, OldPassword: true, FactorRequired: true, HadFactor: true}, Deny, sallyport.CodeAccountClosed},
		{"closed, only the mailbox", facts{PrimaryProven: true, Closed: true, Reopening: true}, Deny, sallyport.CodeAccountClosed},
		{"closed, on a device that would be spared the factor", facts{PrimaryProven: true, Closed: true, Reopening: true, HasFactor: true, CanProve: true, SkipFactor: true, DeviceKnown: true, DeviceTrusted: true}, Factor, ""},
		{"factor asked", facts{PrimaryProven: true, FactorRequired: true, HasFactor: true}, Factor, ""},
		{"factor proven", facts{PrimaryProven: true, FactorRequired: true, HasFactor: true, FactorProven: true}, Done, ""},
		{"factor asked, none there", facts{PrimaryProven: true, FactorRequired: true}, Enrol, ""},
		{"factor taken away after it was proven", facts{PrimaryProven: true, FactorRequired: true, FactorProven: true}, Enrol, ""},
		{"none there but backup codes", facts{PrimaryProven: true, FactorRequired: true, CanProve: true}, Factor, ""},
		{"a backup code given, none there", facts{PrimaryProven: true, FactorRequired: true, CanProve: true, FactorProven: true}, Enrol, ""},
		{"a factor that policy forbids by now", facts{PrimaryProven: true, FactorRequired: true, HadFactor: true, CanProve: true}, Factor, ""},
		{"a factor that policy forbids by now, given", facts{PrimaryProven: true, FactorRequired: true, HadFactor: true, CanProve: true, FactorProven: true}, Enrol, ""},
		{"it is asked for on a trusted device too", facts{PrimaryProven: true, FactorRequired: true, HadFactor: true, CanProve: true, DeviceKnown: true, DeviceTrusted: true, SkipFactor: true}, Factor, ""},
		{"a factor that cannot be proven", facts{PrimaryProven: true, FactorRequired: true, HadFactor: true}, Deny, sallyport.CodeFactorUnavailable},
		{"it cannot be on a trusted device either", facts{PrimaryProven: true, FactorRequired: true, HadFactor: true, DeviceKnown: true, DeviceTrusted: true, SkipFactor: true}, Deny, sallyport.CodeFactorUnavailable},
		{"it cannot any more, but could before", facts{PrimaryProven: true, FactorRequired: true, HadFactor: true, FactorProven: true}, Enrol, ""},
		{"factor there, not asked", facts{PrimaryProven: true, HasFactor: true}, Done, ""},
		{"blocked device shows after the factor only", facts{PrimaryProven: true, FactorRequired: true, HasFactor: true, DeviceKnown: true, DeviceBlocked: true}, Factor, ""},
		{"blocked device", facts{PrimaryProven: true, DeviceKnown: true, DeviceBlocked: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"blocked device that was trusted", facts{PrimaryProven: true, DeviceKnown: true, DeviceBlocked: true, DeviceTrusted: true, RequireTrusted: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"suspicious", facts{PrimaryProven: true, Suspicious: true, DeviceKnown: true, DeviceTrusted: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"suspicious, after the question", facts{PrimaryProven: true, Suspicious: true, AskTrust: true, DeviceAnswered: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"suspicious, and not asked about the device any more", facts{PrimaryProven: true, Suspicious: true, AskTrust: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"suspicious shows after the factor only", facts{PrimaryProven: true, FactorRequired: true, HasFactor: true, Suspicious: true}, Factor, ""},
		{"suspicious, and no factor set up", facts{PrimaryProven: true, FactorRequired: true, Suspicious: true}, Enrol, ""},
		{"unknown device is asked about", facts{PrimaryProven: true, AskTrust: true}, Device, ""},
		{"unknown device, answered", facts{PrimaryProven: true, AskTrust: true, DeviceAnswered: true}, Done, ""},
		{"known device that was given one-time access is asked about again", facts{PrimaryProven: true, AskTrust: true, DeviceKnown: true}, Device, ""},
		{"trusted device is not asked about", facts{PrimaryProven: true, AskTrust: true, DeviceKnown: true, DeviceTrusted: true}, Done, ""},
		{"factor spared on a trusted device", facts{PrimaryProven: true, FactorRequired: true, HasFactor: true, DeviceKnown: true, DeviceTrusted: true, SkipFactor: true}, Done, ""},
		{"factor to set up, on a trusted device too", facts{PrimaryProven: true, FactorRequired: true, DeviceKnown: true, DeviceTrusted: true, SkipFactor: true}, Enrol, ""},
		{"trusted devices only, unknown one", facts{PrimaryProven: true, RequireTrusted: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"trusted devices only, known one", facts{PrimaryProven: true, RequireTrusted: true, DeviceKnown: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"trusted devices only, trusted one", facts{PrimaryProven: true, RequireTrusted: true, DeviceKnown: true, DeviceTrusted: true}, Done, ""},
		{"password to change", facts{PrimaryProven: true, MustChangePassword: true}, ChangePassword, ""},
		{"an account to be linked is proven first", facts{Linking: true, Disabled: true, FactorRequired: true, HasFactor: true}, Link, ""},
		{"past the provider that policy requires", facts{PrimaryProven: true, Around: true}, Deny, sallyport.CodeSSORequired},
		{"past it, which shows nothing of the account", facts{PrimaryProven: true, Around: true, Disabled: true, Closed: true}, Deny, sallyport.CodeSSORequired},
		{"the provider vouches for the factor", facts{PrimaryProven: true, Vouched: true, FactorRequired: true, HasFactor: true, HadFactor: true, CanProve: true}, Done, ""},
		{"and for one to set up", facts{PrimaryProven: true, Vouched: true, FactorRequired: true}, Done, ""},
		{"not for a closed account", facts{PrimaryProven: true, Vouched: true, Closed: true}, Deny, sallyport.CodeAccountClosed},
		{"nor for a device that is refused", facts{PrimaryProven: true, Vouched: true, FactorRequired: true, DeviceBlocked: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"password to change, on a device that is refused", facts{PrimaryProven: true, MustChangePassword: true, RequireTrusted: true}, Deny, sallyport.CodeDeviceNotTrusted},
	} {
		if state, reason := next(tt.f); state != tt.state || reason != tt.reason {
			t.Errorf("%s: %s %s, want %s %s", tt.name, state, reason, tt.state, tt.reason)
		}
	}
}

func TestNextStepUp(t *testing.T) {
	both := sallyport.StepUp{Password: true, Factor: true}
	for _, tt := range []struct {
		name   string
		f      facts
		ask    sallyport.StepUp
		state  State
		reason sallyport.Code
	}{
		{"both asked", facts{HasFactor: true, HadFactor: true, CanProve: true}, both, Password, ""},
		{"password given", facts{HasFactor: true, HadFactor: true, CanProve: true, PrimaryProven: true}, both, Factor, ""},
		{"a factor that policy forbids by now", facts{HadFactor: true, CanProve: true, PrimaryProven: true}, both, Factor, ""},
		{"a factor that policy forbids by now, given", facts{HadFactor: true, CanProve: true, PrimaryProven: true, FactorProven: true}, both, Done, ""},
		{"a factor that cannot be proven", facts{HadFactor: true, PrimaryProven: true}, both, Deny, sallyport.CodeFactorUnavailable},
		{"a factor that cannot be proven, and is not asked for", facts{HadFactor: true, PrimaryProven: true}, sallyport.StepUp{Password: true}, Done, ""},
		{"factor without the password", facts{HasFactor: true, FactorProven: true}, both, Password, ""},
		{"a passkey for both", facts{HasFactor: true, PrimaryProven: true, FactorProven: true}, both, Done, ""},
		{"factor alone", facts{HasFactor: true, HadFactor: true, CanProve: true}, sallyport.StepUp{Factor: true}, Factor, ""},
		{"factor that was taken away meanwhile", facts{}, sallyport.StepUp{Factor: true}, Done, ""},
		{"disabled meanwhile", facts{Disabled: true, PrimaryProven: true, FactorProven: true}, both, Deny, sallyport.CodeAccountDisabled},
		{"closed meanwhile", facts{Closed: true, PrimaryProven: true, FactorProven: true}, both, Deny, sallyport.CodeAccountClosed},
		{"the provider vouches for the factor", facts{HasFactor: true, HadFactor: true, CanProve: true, PrimaryProven: true, Vouched: true}, both, Done, ""},
		{"nothing asked", facts{}, sallyport.StepUp{}, Done, ""},
	} {
		if state, reason := nextStepUp(tt.f, tt.ask); state != tt.state || reason != tt.reason {
			t.Errorf("%s: %s %s, want %s %s", tt.name, state, reason, tt.state, tt.reason)
		}
	}
}

// everyFacts calls f with each combination of all facts there are.
func everyFacts(t *testing.T, f func(facts)) {
	t.Helper()
	fields := reflect.TypeFor[facts]().NumField()
	if fields > 23 {
		t.Fatalf("%d facts are too many to try all combinations", fields)
	}
	for bits := range 1 << fields {
		var v facts
		for i := range fields {
			reflect.ValueOf(&v).Elem().Field(i).SetBool(bits&(1<<i) != 0)
		}
		f(v)
	}
}

// everyPolicy calls f with the facts as each other policy would make them, for the same
// account and the same proofs. Whoever had something to prove still has it, or has lost it
// but not that they had it.
func everyPolicy(of facts, f func(facts)) {
	if !of.HadFactor {
		return // its factor is required by policy alone
	}
	for bits := range 1 << 6 {
		g := of
		g.HasFactor, g.CanProve, g.SkipFactor = bits&1 != 0, bits&2 != 0, bits&4 != 0
		g.AskTrust, g.RequireTrusted, g.MustChangePassword = bits&8 != 0, bits&16 != 0, bits&32 != 0
		f(g)
	}
}

// What must hold for all facts, written independently of next.
func TestNextAlways(t *testing.T) {
	reached := map[State]int{}
	everyFacts(t, func(f facts) {
		state, reason := next(f)
		reached[state]++
		if state == "" {
			t.Fatalf("%+v leads nowhere", f)
		}
		if (state == Deny) != (reason != "") {
			t.Fatalf("%+v: %s with reason %q", f, state, reason)
		}
		if f.Linking != (state == Link) {
			t.Fatalf("%+v gives %s", f, state)
		}
		if !f.PrimaryProven && state != Password && state != Link {
			t.Fatalf("%+v gives %s without the password", f, state)
		}
		if f.PrimaryProven && f.Around && !f.Linking && (state != Deny || reason != sallyport.CodeSSORequired) {
			t.Fatalf("%+v gets past the provider: %s %s", f, state, reason)
		}
		if f.Linking || f.Around {
			return // that is all that there is to say of them
		}
		if f.PrimaryProven && f.Disabled && (state != Deny || reason != sallyport.CodeAccountDisabled) {
			t.Fatalf("%+v gives a disabled account %s %s", f, state, reason)
		}
		factorOpen := f.FactorRequired && !f.Vouched && !(f.HasFactor && (f.FactorProven || f.SkipFactor))
		if state == Done {
			for what, wrong := range map[string]bool{
				"without the password":                                 !f.PrimaryProven,
				"for a disabled account":                               f.Disabled,
				"for a closed account by an ordinary sign-in":          f.Closed && !f.Reopening,
				"for a closed account without an older proof":          f.Closed && !f.FactorProven && !f.OldPassword,
				"for a closed account with an older factor not proven": f.Closed && f.CanProve && !f.FactorProven,
				"without the factor":                                   factorOpen,
				"on a blocked device":                                  f.DeviceBlocked,
				"although it looks like another's":                     f.Suspicious,
				"on a device that is not trusted":                      f.RequireTrusted && !f.DeviceTrusted,
				"with a password that has to change":                   f.MustChangePassword,
				"without asking about the device":                      f.AskTrust && !f.DeviceTrusted && !f.DeviceAnswered,
			} {
				if wrong {
					t.Fatalf("%+v is done %s", f, what)
				}
			}
		}
		// Whatever becomes of the factor that the account had, by a change of policy or because it
		// was suspended: whoever has not proven it, or another one that the account has, gets
		// nowhere.
		if (f.HadFactor || f.CanProve || f.HasFactor) && f.FactorRequired && !f.FactorProven && !f.Vouched {
			switch state {
			case Enrol:
				t.Fatalf("%+v sets up a factor and has not proven the one there was", f)
			case Device, ChangePassword, Done:
				if !f.HasFactor || !f.SkipFactor {
					t.Fatalf("%+v gets to %s and has not proven the factor there was", f, state)
				}
			}
		}
		// A change of policy alone opens nothing to whoever was asked for a factor.
		if state == Factor {
			everyPolicy(f, func(g facts) {
				if s, _ := next(g); s != Factor && s != Deny && (!g.HasFactor || !g.SkipFactor) {
					t.Fatalf("%+v has to prove a factor, and with another policy (%+v) gets to %s", f, g, s)
				}
			})
		}
		if reason == sallyport.CodeFactorUnavailable && (f.HasFactor || f.CanProve || f.FactorProven || !f.HadFactor) {
			t.Fatalf("%+v is told that the factor cannot be proven", f)
		}
		// Before password and factor nothing shows about devices or risk.
		if !f.PrimaryProven || factorOpen {
			g := f
			g.DeviceKnown, g.DeviceBlocked, g.DeviceTrusted, g.DeviceAnswered = !f.DeviceKnown, !f.DeviceBlocked, !f.DeviceTrusted, !f.DeviceAnswered
			g.Suspicious = !f.Suspicious
			if s, r := next(g); s != state || r != reason {
				t.Fatalf("%+v shows something of the device before the factor: %s %s, or %s %s", f, state, reason, s, r)
			}
		}
	})
	for _, s := range []State{Password, Link, Factor, Enrol, Device, ChangePassword, Done, Deny} {
		if reached[s] == 0 {
			t.Errorf("%s is never reached", s)
		}
	}
}

// Only what a step established is stored with the flow. What an admin can change in the
// meantime is read again.
func TestKeptFacts(t *testing.T) {
	for i := range reflect.TypeFor[facts]().NumField() {
		var f facts
		reflect.ValueOf(&f).Elem().Field(i).SetBool(true)
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var got facts
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := facts{
			PrimaryProven: f.PrimaryProven, FactorProven: f.FactorProven, Linking: f.Linking, Vouched: f.Vouched, DeviceAnswered: f.DeviceAnswered, Breached: f.Breached,
		}
		if got != want {
			t.Fatalf("%+v is kept as %+v", f, got)
		}
	}
}
