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
		{"password", facts{PasswordProven: true}, Done, ""},
		{"disabled", facts{PasswordProven: true, Disabled: true}, Deny, sallyport.CodeAccountDisabled},
		{"disabled, with a factor", facts{PasswordProven: true, Disabled: true, FactorRequired: true, HasFactor: true}, Deny, sallyport.CodeAccountDisabled},
		{"factor asked", facts{PasswordProven: true, FactorRequired: true, HasFactor: true}, Factor, ""},
		{"factor proven", facts{PasswordProven: true, FactorRequired: true, HasFactor: true, FactorProven: true}, Done, ""},
		{"factor asked, none there", facts{PasswordProven: true, FactorRequired: true}, Enrol, ""},
		{"factor taken away after it was proven", facts{PasswordProven: true, FactorRequired: true, FactorProven: true}, Enrol, ""},
		{"factor there, not asked", facts{PasswordProven: true, HasFactor: true}, Done, ""},
		{"blocked device shows after the factor only", facts{PasswordProven: true, FactorRequired: true, HasFactor: true, DeviceKnown: true, DeviceBlocked: true}, Factor, ""},
		{"blocked device", facts{PasswordProven: true, DeviceKnown: true, DeviceBlocked: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"blocked device that was trusted", facts{PasswordProven: true, DeviceKnown: true, DeviceBlocked: true, DeviceTrusted: true, RequireTrusted: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"unknown device is asked about", facts{PasswordProven: true, AskTrust: true}, Device, ""},
		{"unknown device, answered", facts{PasswordProven: true, AskTrust: true, DeviceAnswered: true}, Done, ""},
		{"known device is not asked about", facts{PasswordProven: true, AskTrust: true, DeviceKnown: true}, Done, ""},
		{"trusted devices only, unknown one", facts{PasswordProven: true, RequireTrusted: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"trusted devices only, known one", facts{PasswordProven: true, RequireTrusted: true, DeviceKnown: true}, Deny, sallyport.CodeDeviceNotTrusted},
		{"trusted devices only, trusted one", facts{PasswordProven: true, RequireTrusted: true, DeviceKnown: true, DeviceTrusted: true}, Done, ""},
		{"password to change", facts{PasswordProven: true, MustChangePassword: true}, ChangePassword, ""},
		{"password to change, on a device that is refused", facts{PasswordProven: true, MustChangePassword: true, RequireTrusted: true}, Deny, sallyport.CodeDeviceNotTrusted},
	} {
		if state, reason := next(tt.f); state != tt.state || reason != tt.reason {
			t.Errorf("%s: %s %s, want %s %s", tt.name, state, reason, tt.state, tt.reason)
		}
	}
}

// everyFacts calls f with each combination of all facts there are.
func everyFacts(t *testing.T, f func(facts)) {
	t.Helper()
	fields := reflect.TypeFor[facts]().NumField()
	if fields > 20 {
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

// What must hold whatever the facts, told apart from how next is written.
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
		if !f.PasswordProven && state != Password {
			t.Fatalf("%+v gives %s without the password", f, state)
		}
		if f.PasswordProven && f.Disabled && (state != Deny || reason != sallyport.CodeAccountDisabled) {
			t.Fatalf("%+v gives a disabled account %s %s", f, state, reason)
		}
		factorOpen := f.FactorRequired && !(f.HasFactor && f.FactorProven)
		if state == Done {
			for what, wrong := range map[string]bool{
				"without the password":               !f.PasswordProven,
				"for a disabled account":             f.Disabled,
				"without the factor":                 factorOpen,
				"on a blocked device":                f.DeviceBlocked,
				"on a device that is not trusted":    f.RequireTrusted && !f.DeviceTrusted,
				"with a password that has to change": f.MustChangePassword,
				"without asking about the device":    f.AskTrust && !f.DeviceKnown && !f.DeviceAnswered,
			} {
				if wrong {
					t.Fatalf("%+v is done %s", f, what)
				}
			}
		}
		// Before the factor nothing of the devices shows.
		if factorOpen {
			g := f
			g.DeviceKnown, g.DeviceBlocked, g.DeviceTrusted, g.DeviceAnswered = !f.DeviceKnown, !f.DeviceBlocked, !f.DeviceTrusted, !f.DeviceAnswered
			if s, r := next(g); s != state || r != reason {
				t.Fatalf("%+v shows something of the device before the factor: %s %s, or %s %s", f, state, reason, s, r)
			}
		}
	})
	for _, s := range []State{Password, Factor, Enrol, Device, ChangePassword, Done, Deny} {
		if reached[s] == 0 {
			t.Errorf("%s is never reached", s)
		}
	}
}

// Only what a step established is kept with the flow. What an admin can change
// meanwhile is looked at anew.
func TestKeptFacts(t *testing.T) {
	everyFacts(t, func(f facts) {
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var got facts
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if want := (facts{PasswordProven: f.PasswordProven, FactorProven: f.FactorProven, DeviceAnswered: f.DeviceAnswered, Breached: f.Breached}); got != want {
			t.Fatalf("%+v is kept as %+v", f, got)
		}
	})
}
