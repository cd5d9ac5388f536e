package audit

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

func TestEncodeDecode(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.FixedZone("", 3600))
	full := sallyport.Event{
		TenantID: "t", Kind: string(SessionRevoked), ActorType: sallyport.ActorUser, ActorID: "a", UserID: "u", SessionID: "s", TargetID: "x",
		IPAddress: "2001:db8::1", Device: sallyport.DeviceInfo{Type: sallyport.DeviceMobile, Browser: "Zoë <b>"},
		Location: sallyport.Location{City: "Zürich", Latitude: -0.1}, Data: map[string]string{"reason": "\x00\u2028🛂"}, CreatedAt: at,
	}
	for name, e := range map[string]sallyport.Event{
		"full": full,
		"bare": {TenantID: "t", Kind: string(UserEnabled), ActorType: sallyport.ActorSystem, CreatedAt: at},
		"zero": {TenantID: "t", Kind: string(UserEnabled)},
	} {
		row, err := encode(e, "t")
		if err != nil {
			t.Fatal(err)
		}
		row.Seq = 41
		got, err := decode(row)
		want := e
		want.Seq, want.ID, want.CreatedAt = 41, row.ID, e.CreatedAt.UTC().Truncate(time.Microsecond)
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%s: %v, -encoded +decoded:\n%s", name, err, d)
		}
		// Auditors read the text, so it has no empty fields.
		if name == "bare" && (strings.Count(row.Body, ":") != 6+2 || row.Personal != "") {
			t.Errorf("the text of a bare event has more than it needs: %s", row.Body)
		}
	}
}

// The leaf of an event tells nothing that can be removed from it, and nobody can try out what its
// commitment stands for.
func TestNothingPersonalInALeaf(t *testing.T) {
	e := sallyport.Event{
		TenantID: "t", Kind: string(MethodAdded), ActorType: sallyport.ActorUser, ActorID: "a", UserID: "u", CreatedAt: time.Unix(1, 0),
		IPAddress: "203.0.113.77", Device: sallyport.DeviceInfo{Browser: "Netscape"}, Location: sallyport.Location{City: "Timbuktu"},
		Data: map[string]string{"method": "totp", "name": "Anna's phone"},
	}
	first, err := encode(e, "t")
	if err != nil {
		t.Fatal(err)
	}
	second, err := encode(e, "t")
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{e.IPAddress, e.Device.Browser, e.Location.City, e.Data["name"]} {
		if strings.Contains(first.Body, secret) || !strings.Contains(first.Personal, secret) {
			t.Errorf("%q is not in its place:\n%s\n%s", secret, first.Body, first.Personal)
		}
	}
	a, _, err1 := parse(first)
	b, _, err2 := parse(second)
	if err1 != nil || err2 != nil || a.Personal == b.Personal || len(a.Personal) != 43 {
		t.Errorf("the same person has the commitments %q and %q, %v, %v", a.Personal, b.Personal, err1, err2)
	}
	first.Personal = ""
	got, err := decode(first)
	if err != nil || !got.Forgotten || got.IPAddress != "" || got.Data["name"] != "" || got.Data["method"] != "totp" {
		t.Errorf("without its personal part: %+v, %v", got, err)
	}
}

// FuzzDecode reads bodies that an attacker with database access may have written.
func FuzzDecode(f *testing.F) {
	row, err := encode(sallyport.Event{
		TenantID: "t", Kind: string(SignedIn), ActorType: sallyport.ActorUser, Data: map[string]string{"client": "web"},
		Location: sallyport.Location{Country: "CH"}, CreatedAt: time.Unix(1, 0),
	}, "t")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(row.Body)
	for _, s := range []string{"", "null", "{}", "[]", `{"v":1e400}`, `{"v":"1"}`, `{"data":{"a":1}}`, `{"createdAt":"yesterday"}`, `{"personal":null}`, "\xff", strings.Repeat("[", 20000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := decode(store.EventRow{Seq: 3, Body: text})
		if err != nil {
			if !strings.Contains(err.Error(), "event 3 ") {
				t.Errorf("the error does not say which event: %v", err)
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Errorf("read %q as %+v", text, e)
		}
		if again, err := decode(store.EventRow{Seq: 3, Body: text}); err != nil || !cmp.Equal(again, e) {
			t.Errorf("the same text is another event: %v", err)
		}
	})
}
