package kit

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
)

func speakerIn(language string) Speaker {
	r := httptest.NewRequest(http.MethodGet, "/?lang="+language, nil)
	r.Header.Set("Accept-Language", language)
	return NewShell(Deps{PublicURL: "https://accounts.test", Now: time.Now}).begin(httptest.NewRecorder(), r).Speaker
}

// Every field, section and preset of the policy, and every value in a preset, has words of its own.
func TestThePolicyHasWords(t *testing.T) {
	for _, language := range []string{"en", "de"} {
		s := speakerIn(language)
		for _, f := range policy.Fields {
			if s.PolicyField(f.Name) == "" || s.PolicyHelp(f.Name) == "" || !strings.HasSuffix(s.PolicyName(f.Name), s.PolicyField(f.Name)) {
				t.Errorf("%s: %s has no words", language, f.Name)
			}
			seen := map[string]string{}
			for _, p := range policy.Presets {
				raw := policy.Text(f.In(p))
				words := s.PolicyValue(f.Name, f.In(p))
				if words == "" || words == raw && f.Kind != policy.Choices {
					t.Errorf("%s: %s of %s is %q", language, raw, f.Name, words)
				}
				if other, twice := seen[words]; twice && other != raw {
					t.Errorf("%s: %s and %s of %s are both %q", language, raw, other, f.Name, words)
				}
				seen[words] = raw
			}
		}
		if s.PolicyText("mfaEnforced", "") == "" || s.PolicyText("lockoutFailures", "many") != "many" || s.PolicyText("unknown", "x") != "x" {
			t.Errorf("%s: values that are none", language)
		}
	}
}

func policyEvent(kind audit.Kind, data ...string) sallyport.Event {
	e := sallyport.Event{Kind: string(kind), ActorType: sallyport.ActorUser, ActorID: "u1", Data: map[string]string{}}
	for i := 0; i < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	return e
}

// A change of the policy is told with the words of its page, by whoever did it and why.
func TestPolicyEvents(t *testing.T) {
	byOperator := policyEvent(audit.GroupPolicyChanged, "name", "Finance", "field", "mfaEnforced", "old", "", "new", "everyone")
	byOperator.ActorType = sallyport.ActorOperator
	for _, c := range []struct {
		language string
		event    sallyport.Event
		want     string
		notes    []string
	}{
		{"en", policyEvent(audit.PolicyChanged, "field", "sessionIdleWebMinutes", "old", "10080", "new", "1440", "reason", "Agreed"),
			"Policy of the organisation changed, by an administrator. Sessions: Idle time of browsers: 7 days → 1 day", []string{"Agreed"}},
		{"en", byOperator,
			"Policy of a group changed, “Finance”, by the operator of the server. Second factors: Who must have one: As the organisation → Everyone", nil},
		// What a group leaves to the organisation is no empty list of methods.
		{"en", policyEvent(audit.GroupPolicyChanged, "name", "Finance", "field", "mfaMethods", "old", "webauthn", "new", ""),
			"Policy of a group changed, “Finance”, by an administrator. Second factors: Methods that count: Passkey → As the organisation", nil},
		{"en", policyEvent(audit.PolicyChanged, "field", "mfaMethods", "old", "webauthn,totp", "new", ""),
			"Policy of the organisation changed, by an administrator. Second factors: Methods that count: Passkey, Authenticator app → None", nil},
		// A reason is what somebody wrote, also where it is the name of one in the code.
		{"en", policyEvent(audit.PolicyChanged, "field", "ssoRequired", "old", "false", "new", "true", "reason", "password_changed"),
			"Policy of the organisation changed, by an administrator. Single sign-on: Require single sign-on: Off → On", []string{"password_changed"}},
		{"ar", policyEvent(audit.PolicyChanged, "field", "sessionIdleWebMinutes", "old", "10080", "new", "1440", "reason", "Agreed"),
			"تغيير سياسة المؤسسة (من المسؤول)", []string{"Agreed"}},
	} {
		s := speakerIn(c.language)
		if row := ViewEvent(s, c.event); row.Title != c.want || !slices.Equal(row.Notes, c.notes) {
			t.Errorf("%q %q\nwant %q %q", row.Title, row.Notes, c.want, c.notes)
		}
	}
}

// In no language anybody reads the name of a field, or two languages in one line.
func TestPolicyEventsInEveryLanguage(t *testing.T) {
	for _, p := range message.All() {
		s := Speaker{Printer: p}
		for _, f := range policy.Fields {
			e := policyEvent(audit.PolicyChanged, "field", f.Name, "old", policy.Text(f.Default), "new", policy.Text(f.Strict))
			got, plain := EventTitle(s, e), s.T("event.byAdmin", "Event", s.T("event.policy.changed"))
			if whole := p.Complete() == p; strings.Contains(got, f.Name) || whole == (got == plain) {
				t.Errorf("%s: %s reads %q", p.Lang(), f.Name, got)
			}
		}
	}
}
