package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
)

func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"":                                  homePath,
		"/profile/security/activity":        "/profile/security/activity",
		"/profile/security/activity?a=b":    "/profile/security/activity?a=b",
		"/a#fragment":                       "/a",
		"https://evil.example/":             homePath,
		"//evil.example/":                   homePath,
		"/\\evil.example/":                  homePath,
		"\\\\evil.example":                  homePath,
		"/\t/evil.example":                  homePath,
		"javascript:alert(1)":               homePath,
		"profile":                           homePath,
		"/%":                                homePath,
		"http:/evil.example":                homePath,
		"/x\r\nSet-Cookie: a=b":             homePath,
		"///evil.example":                   homePath,
		"/" + strings.Repeat("a", 10) + "/": "/" + strings.Repeat("a", 10) + "/",
	} {
		if got := localPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	f.Add("//evil.example")
	f.Add("/profile?next=//x")
	base := &url.URL{Scheme: "https", Host: "accounts.example"}
	f.Fuzz(func(t *testing.T, next string) {
		u, err := base.Parse(localPath(next))
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme {
			t.Fatalf("localPath(%q) = %q leaves the site", next, localPath(next))
		}
	})
}

func TestTrail(t *testing.T) {
	at := func(query string) cursors {
		return cursorsOf(httptest.NewRequest(http.MethodGet, "/?"+query, nil), "before")
	}
	first := at("").pages("/list", "before", "90", nil)
	if first.Previous != "" || first.Next != "/list?before=90" {
		t.Errorf("first page: %+v", first)
	}
	second := at("before=90").pages("/list", "before", "40", nil)
	if second.Previous != "/list" || second.Next != "/list?before=90.40" {
		t.Errorf("second page: %+v", second)
	}
	last := at("before=90.40").pages("/list", "before", "", nil)
	if at("before=90.40").last() != "40" || last.Previous != "/list?before=90" || last.Next != "" {
		t.Errorf("last page: %+v", last)
	}
	if p := at("before=90").pages("/list", "before", "40", url.Values{"show": {"a", "b"}}); p.Previous != "/list?show=a&show=b" || p.Next != "/list?before=90.40&show=a&show=b" {
		t.Errorf("with filters: %+v", p)
	}
	if got := at("before=" + strings.Repeat("1.", 500) + "2"); len(got) != maxCursors || got.last() != "2" {
		t.Errorf("a long way keeps %d", len(got))
	}
}

func TestInitials(t *testing.T) {
	for want, u := range map[string]sallyport.User{
		"AO": {FirstName: "Amara", LastName: "Okonkwo"},
		"":   {FirstName: "🦊 Foxy", LastName: "👩🏽‍🚀"},
		"نا": {FirstName: "نور", LastName: "الحسيني"},
		"K":  {Email: "kim@corp.test"},
		"Ç":  {FirstName: "çağla"},
	} {
		if got := initials(u); got != want {
			t.Errorf("initials of %q: %q, want %q", u.Name(), got, want)
		}
	}
}

func TestAddressText(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.42":       "203.0.113.42",
		"203.0.113.0/24":     "203.0.113.x",
		"2001:db8:4f3a::/48": "2001:db8:4f3a:x",
		"nowhere":            "nowhere",
		"":                   "",
	} {
		if got := addressText(address); got != want {
			t.Errorf("%q reads %q, want %q", address, got, want)
		}
	}
}

// Everything that the uses can say has words of its own.
func TestEveryCodeHasWords(t *testing.T) {
	p := message.For("")
	for id := range flashes {
		if !p.Has(id) {
			t.Errorf("flash %s has no message", id)
		}
	}
	for status := range statusPills {
		if !p.Has("status." + status) {
			t.Errorf("status %s has no message", status)
		}
	}
	for _, look := range errorLooks {
		if !p.Has("error."+look.id+"Title") || !p.Has("error."+look.id+"Text") {
			t.Errorf("error %s has no message", look.id)
		}
	}
}

// Everything that ends a session is told.
func TestEveryEndHasWords(t *testing.T) {
	s := fixtureSpeaker()
	for _, code := range []sallyport.Code{
		sallyport.CodeSessionRevoked, sallyport.CodeSessionTerminated, sallyport.CodeSessionSuspended, sallyport.CodeSessionExpired,
	} {
		if sessionNotice(s, code) == nil {
			t.Errorf("%s has no notice", code)
		}
	}
	if sessionNotice(s, sallyport.CodeNotSignedIn) != nil {
		t.Error("a notice for somebody who never was signed in")
	}
}

func TestEventTitle(t *testing.T) {
	s := fixtureSpeaker()
	titles := map[string]bool{}
	for _, day := range viewActivity(s, fixtureEvents(), nil, fixturePolicy).Days {
		for _, e := range day.Events {
			titles[e.Title] = true
		}
	}
	for _, want := range []string{
		"Password changed: 3 other sessions ended", "Sign-in failed: wrong password", "Account unlocked, by the operator of the server",
	} {
		if !titles[want] {
			t.Errorf("no event %q in %v", want, titles)
		}
	}
	if got := eventTitle(s, sallyport.Event{Kind: "a.new_kind"}); !strings.Contains(got, "a.new_kind") {
		t.Errorf("an unknown kind reads %q", got)
	}
}

// A wrong password and an address nobody has read alike, to the byte.
func TestRefusalsDoNotTellAccountsApart(t *testing.T) {
	s := fixtureSpeaker()
	card := func(detail string) string {
		v := newSignInView(s, "Northwind", "", "someone@corp.test")
		v.fail(signInProblem(s, sallyport.Refuse(sallyport.CodeInvalidCredentials, detail)))
		body, err := loadTemplates()["en"].render("sign_in", fixturePage(s, signInPath, "", nil, v))
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if card("wrong password") != card("no such account") {
		t.Error("the pages differ")
	}
}

// Cookies and addresses are a stranger's: whatever they say, a page comes.
func FuzzPreferences(f *testing.F) {
	f.Add("dark", "Europe/Berlin", "flash.signedOut-0", "90.40")
	f.Add("auto", "../../etc/passwd", "flash.sessionsRevoked--1", "....")
	f.Fuzz(func(t *testing.T, theme, zone, flash, before string) {
		r := httptest.NewRequest(http.MethodGet, "/?"+url.Values{"before": {before}}.Encode(), nil)
		for name, value := range map[string]string{themeCookie: theme, zoneCookie: url.QueryEscape(zone), flashCookie: flash} {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		if th := themeOf(r); th != "auto" && th != "light" && th != "dark" {
			t.Errorf("theme %q", th)
		}
		if zoneOf(r) == nil {
			t.Error("no zone")
		}
		v := &visit{speaker: speaker{Printer: message.For("en"), now: time.Now(), zone: time.UTC}, w: httptest.NewRecorder(), r: r}
		if _, said := takeFlash(v); strings.Contains(said, "flash.") {
			t.Errorf("flash %q", said)
		}
		if n := len(cursorsOf(r, "before")); n > maxCursors {
			t.Errorf("%d cursors", n)
		}
	})
}
