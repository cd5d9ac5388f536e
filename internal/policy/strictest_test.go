package policy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

// values reads fields as they come from the API.
func values(t *testing.T, text string) policy.Values {
	t.Helper()
	var given map[string]any
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		t.Fatal(err)
	}
	v, err := policy.ParseGroup(given)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// For each direction the stricter value holds, whoever has it, and it is said whose it is.
func TestStrictest(t *testing.T) {
	for _, c := range []struct {
		org    string
		groups []string
		want   string // changed fields of the organisation's policy, each with the index of the group
	}{
		{`{}`, nil, ""},
		{`{"passwordMinLength":14}`, []string{`{"passwordMinLength":12}`}, ""},
		{`{"passwordMinLength":14}`, []string{`{"passwordMinLength":16}`, `{"passwordMinLength":15}`}, "passwordMinLength 16 0"},
		{`{"passwordMinLength":14}`, []string{`{"passwordMinLength":15}`, `{"passwordMinLength":16}`}, "passwordMinLength 16 1"},
		{`{"deviceMaxPerUser":0}`, []string{`{"deviceMaxPerUser":5}`, `{"deviceMaxPerUser":0}`}, "deviceMaxPerUser 5 0"},
		{`{"deviceMaxPerUser":5}`, []string{`{"deviceMaxPerUser":0}`, `{"deviceMaxPerUser":3}`}, "deviceMaxPerUser 3 1"},
		{`{"deviceReverifyDays":90}`, []string{`{"deviceReverifyDays":0}`}, ""},
		{`{"mfaEnforced":"admins"}`, []string{`{"mfaEnforced":"nobody"}`, `{"mfaEnforced":"everyone"}`}, "mfaEnforced everyone 1"},
		{`{"deviceCompromise":"alert"}`, []string{`{"deviceCompromise":"flag"}`}, "deviceCompromise flag 0"},
		{`{"passwordRequireMix":false}`, []string{`{"passwordRequireMix":true}`}, "passwordRequireMix true 0"},
		{`{"deviceSkipMfa":true,"deviceReverifyDays":90}`, []string{`{"deviceSkipMfa":false}`}, "deviceSkipMfa false 0"},
		{`{}`, []string{`{"mfaMethods":["totp","webauthn"]}`, `{"mfaMethods":["totp","sms"]}`}, "mfaMethods totp 1"},
		{`{}`, []string{`{"mfaMethods":["totp"]}`, `{"mfaMethods":["webauthn"]}`}, "mfaMethods totp 0"}, // nothing in common: the first one decides
		{`{"mfaMethods":["totp","webauthn"]}`, []string{`{"mfaMethods":["sms"]}`}, ""},
	} {
		var given map[string]any
		if err := json.Unmarshal([]byte(c.org), &given); err != nil {
			t.Fatal(err)
		}
		org, err := policy.Merge(policy.Default(), given)
		if err != nil {
			t.Fatal(err)
		}
		var groups []policy.Values
		for _, g := range c.groups {
			groups = append(groups, values(t, g))
		}
		p, decides := policy.Strictest(org, groups...)
		var got []string
		for _, ch := range policy.Changes(org, p) {
			i, ok := decides[ch.Field]
			if !ok {
				t.Errorf("%s %s: nobody decides %s", c.org, c.groups, ch.Field)
			}
			got = append(got, fmt.Sprintf("%s %s %d", ch.Field, ch.New, i))
		}
		if strings.Join(got, ", ") != c.want || len(decides) != len(got) {
			t.Errorf("%s %s: %v %v, want %s", c.org, c.groups, got, decides, c.want)
		}
	}
}

// The idle time is never longer than the lifetime that another group decides.
func TestIdleFollowsLifetime(t *testing.T) {
	p, decides := policy.Strictest(policy.Default(), values(t, `{"passwordHistory":1}`), values(t, `{"sessionLifetimeMinutes":2880}`))
	if day := 24 * time.Hour; p.SessionIdleWeb != 2*day || p.SessionIdleMobile != 2*day || decides["sessionIdleWebMinutes"] != 1 || decides["sessionIdleMobileMinutes"] != 1 {
		t.Errorf("%v, %v, %v", p.SessionIdleWeb, p.SessionIdleMobile, decides)
	}
}

// Whatever presets organisation and groups have, the strictest of all breaks no rule and is at least as strict as each.
func TestStrictestOfPresets(t *testing.T) {
	for _, of := range policy.Presets {
		org, _ := policy.For(of)
		for _, first := range policy.Presets {
			for _, second := range policy.Presets {
				a, b := policy.PresetForGroup(first), policy.PresetForGroup(second)
				p, _ := policy.Strictest(org, a, b)
				if _, err := policy.Merge(p, policy.ValuesOf(p)); err != nil {
					t.Errorf("%s with %s and %s: %v", of, first, second, err)
				}
				if again, _ := policy.Strictest(p, a, b); len(policy.Changes(p, again)) > 0 {
					t.Errorf("%s with %s and %s becomes stricter again: %v", of, first, second, policy.Changes(p, again))
				}
				if turned, _ := policy.Strictest(org, b, a); len(policy.Changes(p, turned)) > 0 {
					t.Errorf("%s with %s and %s depends on their order: %v", of, first, second, policy.Changes(p, turned))
				}
			}
		}
	}
}

// What locks, and what is kept, is the organisation's alone.
func TestGroupsDecideNoLocks(t *testing.T) {
	for _, f := range policy.Fields {
		alone := f.Section() == "lockout" || f.Section() == "retention"
		if alone && f.Stricter != policy.ForAll {
			t.Errorf("groups can decide %s", f.Name)
		}
		if f.Stricter != policy.ForAll {
			continue
		}
		_, err := policy.ParseGroup(map[string]any{f.Name: f.Default})
		var refused *sallyport.Error
		if !errors.As(err, &refused) || refused.Code != sallyport.CodeInvalid || refused.Fields[0].Code != "not_for_groups" {
			t.Errorf("%s of a group: %v", f.Name, err)
		}
	}
	if _, err := policy.ParseGroup(map[string]any{"lockoutTries": 1}); sallyport.CodeOf(err) != sallyport.CodeInvalid {
		t.Errorf("an unknown field: %v", err)
	}
}
