package notify

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/message"
)

// Every kind of event is an alert or is said to be none, once, and an alert has words.
func TestEveryKindDecides(t *testing.T) {
	seen := map[string]string{}
	decide := func(kind, where string) {
		if seen[kind] != "" {
			t.Errorf("%s is in %s and in %s", kind, seen[kind], where)
		}
		seen[kind] = where
	}
	for _, r := range Alerts {
		if r.Means == "" || len(r.Of) == 0 || !message.For("").Has("alerts.topic."+string(r.Topic)) || !message.For("").Has("alerts.help."+string(r.Topic)) {
			t.Errorf("the topic %s has no words or no kinds", r.Topic)
		}
		for _, of := range r.Of {
			decide(of.Kind, string(r.Topic))
			row, known := audit.Of(audit.Kind(of.Kind))
			if !known || of.Detail != "" && !slices.Contains(row.Data, of.Detail) || (of.Detail == "") != (of.Values == nil) {
				t.Errorf("package audit does not know %+v", of)
			}
			if !message.For("").Has(of.words()) {
				t.Errorf("%s has no title: %s", of.Kind, of.words())
			}
		}
	}
	for _, r := range NoAlerts {
		for _, k := range r.Kinds {
			decide(k, r.Why)
		}
	}
	for _, k := range audit.Kinds {
		if seen[string(k.Kind)] == "" {
			t.Errorf("nobody has decided whether %s is an alert: put it into Alerts or NoAlerts", k.Kind)
		}
		delete(seen, string(k.Kind))
	}
	if len(seen) > 0 {
		t.Errorf("there are no such kinds: %v", seen)
	}
}

func TestAlerting(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	of := func(kind audit.Kind, by, on string, data ...string) sallyport.Event {
		e := sallyport.Event{ID: string(kind), Kind: string(kind), ActorType: sallyport.ActorUser, ActorID: by, UserID: on, CreatedAt: at, Data: map[string]string{}}
		for i := 0; i < len(data); i += 2 {
			e.Data[data[i]] = data[i+1]
		}
		return e
	}
	for _, tt := range []struct {
		name string
		e    sallyport.Event
		want AlertTopic
	}{
		{"a lock", of(audit.AccountLocked, "", "u"), AlertLocks},
		{"a wrong password", of(audit.SignInFailed, "", "u", "reason", "invalid_credentials"), ""},
		{"a device without trust", of(audit.SignInFailed, "", "u", "reason", "device_not_trusted"), AlertSignIns},
		{"It was me", of(audit.SignInAnswered, "u", "u", "answer", "mine"), ""},
		{"It was not me", of(audit.SignInAnswered, "u", "u", "answer", "not_mine"), AlertSignIns},
		{"one's own factor", of(audit.MethodRemoved, "u", "u"), ""},
		{"somebody's factor", of(audit.MethodRemoved, "a", "u"), AlertFactors},
		{"a new member", of(audit.UserCreated, "a", "u", "role", "member"), ""},
		{"a new admin", of(audit.UserCreated, "a", "u", "role", "admin"), AlertAccess},
		{"a new owner who is invited", of(audit.UserInvited, "a", "u", "role", "owner"), AlertAccess},
		{"a sign-in", of(audit.SignedIn, "u", "u"), ""},
		{"no kind", of("", "u", "u"), ""},
	} {
		var got AlertTopic
		for _, n := range Alerting([]sallyport.Event{tt.e}) {
			got = n.Topic
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	many := Alerting([]sallyport.Event{of(audit.PolicyChanged, "a", ""), of(audit.RoleChanged, "a", ""), of(audit.PolicyChanged, "a", "")})
	if len(many) != 2 || many[0].Times != 2 || many[1].Times != 1 {
		t.Errorf("%+v", many)
	}
}

// messages are what the golden files have.
func messages() map[string]alertMessage {
	at := time.Date(2026, 11, 28, 9, 15, 0, 0, time.UTC)
	w := func(lang string, people map[string]sallyport.User) alertWriter {
		return alertWriter{message.For(lang), sallyport.Tenant{ID: "northwind", Name: "Northwind", Language: lang}, people}
	}
	one := AlertNews{
		Topic: AlertStolen, Kind: string(audit.DeviceFlagged), UserID: "amara", ActorType: sallyport.ActorSystem, At: at, Times: 1,
		Link: "https://accounts.northwind.example/settings/audit-log/0193", All: "https://accounts.northwind.example/settings/audit-log?kind=device.flagged",
	}
	many := one
	many.Topic, many.Kind, many.Times, many.All = AlertLocks, string(audit.AccountLocked), 996, "https://accounts.northwind.example/settings/audit-log?kind=auth.account_locked"
	many.ActorType = sallyport.ActorAnonymous
	byAdmin := one
	byAdmin.Topic, byAdmin.Kind, byAdmin.ActorType, byAdmin.ActorID = AlertFactors, string(audit.MFAReset), sallyport.ActorUser, "jonas"
	people := map[string]sallyport.User{"amara": {FirstName: "Amara", LastName: "Okafor", Email: "amara@northwind.example"}, "jonas": {FirstName: "Jonas", Email: "jonas@northwind.example"}}
	return map[string]alertMessage{
		"one":   w("", nil).write("0193a", one),
		"many":  w("de", nil).write("0193b", many),
		"named": w("", people).write("0193c", byAdmin),
		"test":  w("", nil).test("0193d", "https://accounts.northwind.example/settings/alerts", at),
	}
}

func TestAlertFormats(t *testing.T) {
	for name, m := range messages() {
		for _, format := range AlertFormats {
			to, body, err := m.write(format, "https://chat.example/services/topic?auth=x")
			if err != nil {
				t.Fatal(err)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, body, "", "  "); err != nil {
				t.Fatal(err)
			}
			golden(t, "alert_"+name+"_"+format+".json", pretty.String()+"\n")
			want := "https://chat.example/services/topic?auth=x"
			if format == AlertNtfy {
				want = "https://chat.example/services/?auth=x"
			}
			if to != want {
				t.Errorf("%s goes to %s", format, to)
			}
		}
	}
}

// hostile are names that somebody may give themselves to say more in a chat than who they are.
var hostile = []string{
	"<!channel>", "<!here|here>", "<@U12345>", "@channel", "@here", "<https://evil.example|Click>", "[Click](https://evil.example)", "**bold** _it_ `code` ~no~",
	"<at>everyone</at>", "<script>alert(1)</script>", "&lt;!channel&gt;", "Anna\n\nAccount: Bo", "Anna\r\nX-Title: hacked", "Anna\u2028Bo", "\u202egnp.exe", "\u2066Anna\u2069", "\x00\x07\x1b[31m",
	`"},"injected":{"a":"`, `\u003c!channel\u003e`, "{{.Secret}}", strings.Repeat("A", 10000), strings.Repeat("é<&", 4000), "+41 79 123 45 67", "https://evil.example", "\xff\xfe",
}

func TestHostileNames(t *testing.T) {
	for _, name := range hostile {
		people := map[string]sallyport.User{"u": {FirstName: name, LastName: name, Email: "u@northwind.example"}, "a": {FirstName: name}}
		w := alertWriter{message.For(""), sallyport.Tenant{ID: "t", Name: "<!channel> & Co\n"}, people}
		m := w.write("id", AlertNews{
			Topic: AlertAccess, Kind: string(audit.UserRoleChanged), UserID: "u", ActorType: sallyport.ActorUser, ActorID: "a", At: time.Unix(0, 0), Times: 1, Link: "https://a.example/e/1",
		})
		for _, format := range AlertFormats {
			_, body, err := m.write(format, "https://chat.example/topic")
			if err != nil || len(body) > 4096 {
				t.Errorf("%q in %s: %d bytes, %v", name, format, len(body), err)
			}
			checkHostile(t, format, name, body)
		}
	}
}

// checkHostile checks every text of a message by itself.
func checkHostile(t *testing.T, format, name string, body []byte) {
	t.Helper()
	var all any
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatalf("%q in %s is no JSON: %v", name, format, err)
	}
	lines := 0
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if _, in := v["injected"]; in {
				t.Errorf("%q leaves its place in %s", name, format)
			}
			for k, of := range v {
				walk(k, of)
			}
		case []any:
			for _, of := range v {
				walk(key, of)
			}
		case string:
			lines = max(lines, strings.Count(v, "\n"))
			if strings.ContainsFunc(v, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) }) {
				t.Errorf("%q in %s has control characters: %q", name, format, v)
			}
			mine := strings.ReplaceAll(v, "<https://a.example/e/1|Open in Sallyport>", "")
			if format == AlertSlack && strings.ContainsAny(mine, "<>") {
				t.Errorf("%q is a mention or a link in Slack: %q", name, v)
			}
			if strings.Contains(v, "://evil.example") {
				t.Errorf("%q brings a link of its own: %s", name, v)
			}
		}
	}
	walk("", all)
	if lines > 4 {
		t.Errorf("%q adds lines in %s: %d", name, format, lines)
	}
}

func TestNtfyAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://ntfy.sh/topic": "https://ntfy.sh/", "https://ntfy.sh/topic?auth=abc": "https://ntfy.sh/?auth=abc", "https://push.corp.test/ntfy/a-B_9": "https://push.corp.test/ntfy/",
		"https://ntfy.sh/": "", "https://ntfy.sh": "", "https://ntfy.sh/to%20pic": "", "https://ntfy.sh/" + strings.Repeat("a", 65): "", "https://ntfy.sh/a.b": "",
	} {
		if got, err := ntfyServer(address); got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v", address, got, err)
		}
	}
}

func TestJudgeAlert(t *testing.T) {
	for status, want := range map[int]string{
		200: AlertTaken, 202: AlertTaken, 204: AlertTaken, 301: alertMoved, 307: alertMoved, 400: alertRefused, 401: alertDenied, 403: alertDenied, 404: alertGone, 408: alertBusy,
		410: alertGone, 413: alertRefused, 422: alertRefused, 429: alertBusy, 500: alertBroken, 503: alertBroken, 999: alertRefused,
	} {
		if got := Judge(status); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
}

func TestWhatAServiceSaidHasNoAddress(t *testing.T) {
	const address = "https://hooks.example/services/T0123456/B01234567?token=c2VjcmV0LXRva2Vu&v=1"
	for said, want := range map[string]string{
		"no_service": "no_service", "": "",
		"no hook at " + address:                     "no hook at …",
		"unknown: c2VjcmV0LXRva2Vu":                 "unknown: …",
		"POST /services/T0123456/B01234567 is gone": "POST … is gone",
		"two\r\nlines\x00 and \u202eturned":         "two lines and turned",
		strings.Repeat("é", 400):                    strings.Repeat("é", 299) + "…",
		"\xff\xfebytes":                             "bytes",
		"<script>alert(1)</script>":                 "<script>alert(1)</script>", // pages escape it
	} {
		if got := oneLine(WithoutAddress(said, address), maxSaid); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}
