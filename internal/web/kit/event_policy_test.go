package kit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/policy"
)

func policyEvent(kind audit.Kind, data ...string) sallyport.Event {
	e := sallyport.Event{Kind: string(kind), ActorType: sallyport.ActorUser, ActorID: "a", Data: map[string]string{}}
	for i := 0; i < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	return e
}

func TestPolicyEventsSayWhatChanged(t *testing.T) {
	for _, c := range []struct {
		lang  string
		event sallyport.Event
		want  string
		notes []string
	}{
		{"en", policyEvent(audit.PolicyChanged, "field", "sessionIdleWebDays", "old", "7", "new", "1", "reason", "Audit"),
			"Policy of the organisation changed, by an administrator. Idle time of browsers: 7 days → 1 day", []string{"Reason: Audit"}},
		{"en", policyEvent(audit.GroupPolicyChanged, "name", "Finance", "field", "sessionIdleWebDays", "old", "", "new", "1"),
			"Policy of a group changed, “Finance”, by an administrator. Idle time of browsers: As the organisation → 1 day", nil},
		{"en", policyEvent(audit.PolicyChanged, "field", "mfaMethods", "old", "", "new", "webauthn"),
			"Policy of the organisation changed, by an administrator. Methods that count: None → Passkey", nil},
		{"de", policyEvent(audit.PolicyChanged, "field", "passwordRotationDays", "old", "0", "new", "90"),
			"Richtlinie der Organisation geändert, durch die Administration. Erinnerung, das Passwort zu ändern: Nie → 90 Tage", nil},
		// A reason is what somebody wrote, also where it is the name of one in the code.
		{"en", policyEvent(audit.PolicyChanged, "field", "ssoRequired", "old", "false", "new", "true", "reason", "password_changed"),
			"Policy of the organisation changed, by an administrator. Identity provider only: Off → On", []string{"Reason: password_changed"}},
		{"en", policyEvent(audit.PolicyChanged), "Policy of the organisation changed, by an administrator", nil}, // what retention left
	} {
		s := Speaker{Printer: message.For(c.lang), Zone: time.UTC}
		row := ViewEvent(s, c.event)
		if row.Title != c.want || !slices.Equal(row.Notes, c.notes) {
			t.Errorf("got %q %q, want %q %q", row.Title, row.Notes, c.want, c.notes)
		}
	}
}

// Nobody reads the name of a field, in any language.
func TestPolicyEventsNameNoField(t *testing.T) {
	for _, p := range message.All() {
		s := Speaker{Printer: p, Zone: time.UTC}
		for _, f := range policy.Fields {
			row := ViewEvent(s, policyEvent(audit.PolicyChanged, "field", f.Name, "old", policy.Text(f.Default), "new", policy.Text(f.Strict), "reason", "x"))
			if strings.Contains(row.Title, f.Name) || len(row.Notes) > 0 != (p.Complete() == p) {
				t.Errorf("%s: %q %q", p.Lang(), row.Title, row.Notes)
			}
		}
	}
}
