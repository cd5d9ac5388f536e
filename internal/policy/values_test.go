package policy_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

func TestPresetsAreWhatTheTableSays(t *testing.T) {
	for _, name := range policy.Presets {
		p, ok := policy.For(name)
		if !ok {
			t.Fatalf("%s is unknown", name)
		}
		if _, err := policy.Merge(p, policy.ValuesOf(p)); err != nil {
			t.Errorf("%s breaks its own bounds: %v", name, err)
		}
	}
	if _, ok := policy.For("lenient"); ok {
		t.Error("an unknown preset is known")
	}
	strict, _ := policy.For(policy.PresetStrict)
	balanced, _ := policy.For(policy.PresetBalanced)
	managed, _ := policy.For(policy.PresetManaged)
	aal2, _ := policy.For(policy.PresetAAL2)
	for _, tt := range []struct {
		got  any
		want any
	}{
		{strict.MFAEnforced, "everyone"}, {strict.MFABackupCodes, 8}, {strict.SessionIdleWeb.Hours(), 24.0},
		{strict.SessionIdleMobile.Hours(), 7 * 24.0}, {strict.SessionLifetime.Hours(), 30 * 24.0}, {strict.DeviceMinTrust, 2},
		{strict.DeviceMaxPerUser, 5}, {strict.PasswordRotation.Hours(), 90 * 24.0}, {strings.Join(strict.MFAMethods, " "), "totp webauthn push backup_codes"},
		{balanced.PasswordMinLength, 8}, {balanced.PasswordRequireMix, false}, {balanced.LockoutFailures, 6},
		{balanced.LockoutDuration.Minutes(), 15.0}, {balanced.SessionMaskIP, true}, {balanced.DeviceCompromise, "alert"},
		{managed.MFAEnforced, "admins"}, {managed.DeviceMaxPerUser, 10}, {managed.DeviceReverify.Hours(), 180 * 24.0},
		{aal2.MFAEnforced, "everyone"}, {strings.Join(aal2.MFAMethods, " "), "totp webauthn push backup_codes"}, {aal2.SessionIdleWeb.Hours(), 1.0},
		{aal2.SessionIdleMobile.Hours(), 1.0}, {aal2.SessionLifetime.Hours(), 24.0}, {aal2.PasswordMinLengthAlone, 15},
		{policy.Default().LockoutFailures, 5}, {policy.Default().LockoutWindow.Minutes(), 15.0},
		{policy.Default().LockoutDuration.Minutes(), 30.0}, {policy.Default().SessionLifetime.Hours(), 90 * 24.0},
	} {
		if tt.got != tt.want {
			t.Errorf("got %v, want %v", tt.got, tt.want)
		}
	}
}

func TestEveryPolicyFieldHasARow(t *testing.T) {
	if got, want := len(policy.Fields), reflect.TypeFor[sallyport.Policy]().NumField(); got != want {
		t.Errorf("%d rows for %d fields", got, want)
	}
	names := map[string]bool{}
	for _, f := range policy.Fields {
		if names[f.Name] || f.Means == "" {
			t.Errorf("%s: twice, or without a meaning", f.Name)
		}
		names[f.Name] = true
	}
}

func TestMerge(t *testing.T) {
	for _, tt := range []struct{ name, json, want string }{
		{"one field", `{"lockoutFailures": 10}`, ""},
		{"all problems at once", `{"lockoutFailures": 2, "passwordMinLength": "x", "mfaEnforced": "some", "colour": 1}`,
			"colour unknown_field, lockoutFailures out_of_range, mfaEnforced not_an_option, passwordMinLength not_a_number"},
		{"fraction", `{"lockoutFailures": 5.5}`, "lockoutFailures not_a_number"},
		{"huge", `{"lockoutFailures": 1e300}`, "lockoutFailures not_a_number"},
		{"null", `{"passwordRequireMix": null}`, "passwordRequireMix not_a_switch"},
		{"idle beyond lifetime", `{"sessionIdleMobileMinutes": 131040}`, "sessionIdleMobileMinutes more_than"},
		{"enforced without a method", `{"mfaEnforced": "everyone", "mfaMethods": ["backup_codes"]}`, "mfaEnforced no_method_left"},
		{"skipping for ever", `{"deviceSkipMfa": true}`, "deviceSkipMfa needs"},
		{"kept for a day", `{"retentionDays": 1}`, "retentionDays zero_or_in_range"},
		{"kept for too long", `{"retentionDays": 3651, "retentionEventsDays": -1}`, "retentionDays zero_or_in_range, retentionEventsDays zero_or_in_range"},
		{"kept for ever, and a month", `{"retentionDays": 0, "retentionEventsDays": 30}`, ""},
		{"kept for half a day", `{"retentionDays": 30.5}`, "retentionDays not_a_number"},
		{"nobody needs a method", `{"mfaMethods": []}`, ""},
		{"foreign method", `{"mfaMethods": ["totp", "pigeon"]}`, "mfaMethods not_an_option"},
		{"list of numbers", `{"mfaMethods": [1]}`, "mfaMethods not_an_option"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var given map[string]any
			if err := json.Unmarshal([]byte(tt.json), &given); err != nil {
				t.Fatal(err)
			}
			_, err := policy.Merge(policy.Default(), given)
			var e *sallyport.Error
			var got []string
			if errors.As(err, &e) {
				for _, f := range e.Fields {
					got = append(got, f.Field+" "+f.Code)
				}
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
		})
	}
}

func TestValuesRoundTrip(t *testing.T) {
	strict, _ := policy.For(policy.PresetStrict)
	text, err := json.Marshal(policy.ValuesOf(strict))
	if err != nil {
		t.Fatal(err)
	}
	var given map[string]any
	if err := json.Unmarshal(text, &given); err != nil {
		t.Fatal(err)
	}
	got, err := policy.Merge(policy.Default(), given)
	if err != nil || len(policy.Changes(got, strict)) != 0 {
		t.Errorf("%v, differences %v", err, policy.Changes(got, strict))
	}
	changes := policy.Changes(policy.Default(), strict)
	if len(changes) == 0 || changes[0] != (policy.Change{Field: "passwordMixUntil", Old: "15", New: "256"}) {
		t.Errorf("changes to strict: %v", changes)
	}
}

func FuzzMerge(f *testing.F) {
	f.Add(`{"lockoutFailures": 10, "mfaMethods": ["sms"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var given map[string]any
		if json.Unmarshal([]byte(text), &given) != nil {
			return
		}
		p, err := policy.Merge(policy.Default(), given)
		if err != nil {
			return
		}
		if _, err := policy.Merge(p, policy.ValuesOf(p)); err != nil {
			t.Errorf("accepted %s, then refused it: %v", text, err)
		}
	})
}
