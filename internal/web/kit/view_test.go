package kit

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/message"
)

func TestLocalPath(t *testing.T) {
	for next, want := range map[string]string{
		"":                                  HomePath,
		"/profile/security/activity":        "/profile/security/activity",
		"/profile/security/activity?a=b":    "/profile/security/activity?a=b",
		"/a#fragment":                       "/a",
		"https://evil.example/":             HomePath,
		"//evil.example/":                   HomePath,
		"/\\evil.example/":                  HomePath,
		"\\\\evil.example":                  HomePath,
		"/\t/evil.example":                  HomePath,
		"javascript:alert(1)":               HomePath,
		"profile":                           HomePath,
		"/%":                                HomePath,
		"http:/evil.example":                HomePath,
		"/x\r\nSet-Cookie: a=b":             HomePath,
		"///evil.example":                   HomePath,
		"/" + strings.Repeat("a", 10) + "/": "/" + strings.Repeat("a", 10) + "/",
	} {
		if got := LocalPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}

// A loopback address is "this computer" only where the pages are on one's own computer:
// behind a proxy that the server does not know, everybody has one.
func TestPlaceAtThisComputer(t *testing.T) {
	for _, v := range []struct{ url, address, want string }{
		{"http://localhost:8080", "127.0.0.1", "This computer"},
		{"http://localhost:8080", "::1", "This computer"},
		{"http://127.0.0.1:8080", "127.0.0.0/24", "This computer"},
		{"http://[::1]:8080", "127.0.0.1", "This computer"},
		{"http://localhost:8080", "192.168.1.7", "Unknown location"},
		{"http://localhost:8080", "", "Unknown location"},
		{"https://accounts.example.com", "127.0.0.1", "Unknown location"},
		{"https://localhost.example.com", "::1", "Unknown location"},
	} {
		shell := NewShell(Deps{PublicURL: v.url, Now: time.Now})
		s := shell.begin(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)).Speaker
		if got := s.PlaceAt(sallyport.Location{}, v.address).Text; got != v.want {
			t.Errorf("%s from %q: %q, want %q", v.url, v.address, got, v.want)
		}
	}
}

func TestCodesFile(t *testing.T) {
	at := time.Date(2026, time.November, 21, 13, 0, 0, 0, time.UTC)
	for organisation, want := range map[string]string{
		"Northwind & Sons":        "backup-codes-northwind-sons-2026-11-21.txt",
		"../../Zoë":               "backup-codes-zoë-2026-11-21.txt",
		"":                        "backup-codes-2026-11-21.txt",
		strings.Repeat("a ", 100): "backup-codes" + strings.Repeat("-a", 34) + "-2026-11-21.txt",
	} {
		if got := codesFile(organisation, at); got != want {
			t.Errorf("%q: %q, want %q", organisation, got, want)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	f.Add("//evil.example")
	f.Add("/profile?next=//x")
	base := &url.URL{Scheme: "https", Host: "accounts.example"}
	f.Fuzz(func(t *testing.T, next string) {
		u, err := base.Parse(LocalPath(next))
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme {
			t.Fatalf("localPath(%q) = %q leaves the site", next, LocalPath(next))
		}
	})
}

func TestTrail(t *testing.T) {
	at := func(query string) List {
		return Listed(httptest.NewRequest(http.MethodGet, "/?"+query, nil), "/list", list.OwnEvents, 2)
	}
	cursor := func(l List, seq int) string {
		return list.Cut(l.Query, []int{seq, seq, seq}, func(i int) []string { return []string{strconv.Itoa(i)} }).Next
	}
	c90, c40 := cursor(at(""), 90), cursor(at(""), 40)
	first := at("").Pages(c90)
	if first.Previous != "" || first.Next != "/list?cursor="+c90 {
		t.Errorf("first page: %+v", first)
	}
	second := at("cursor=" + c90).Pages(c40)
	if second.Previous != "/list" || second.Next != "/list?cursor="+c90+"."+c40 {
		t.Errorf("second page: %+v", second)
	}
	last := at("cursor=" + c90 + "." + c40)
	if p := last.Pages(""); !slices.Equal(last.After(), []string{"40"}) || last.Limit != 2 || p.Previous != "/list?cursor="+c90 || p.Next != "" {
		t.Errorf("last page: %+v", p)
	}
	const some = "show=sign_ins&show=devices"
	of := cursor(at(some), 90)
	if p := at(some + "&cursor=" + of).Pages("x"); p.Previous != "/list?"+some || p.Next != "/list?cursor="+of+".x&"+some {
		t.Errorf("with filters: %+v", p)
	}
	if l := at("cursor=" + strings.Repeat("1.", 500) + c40); len(l.trail) != maxTrail || l.IsFirst() {
		t.Errorf("a long way keeps %d", len(l.trail))
	}
	for _, query := range []string{"cursor=nonsense", "cursor=" + of, "cursor=.", "show=nonsense", "limit=7&colour=red"} {
		if l := at(query); !l.IsFirst() || len(l.Conditions()) > 0 || l.Limit != 2 {
			t.Errorf("%s asks for %+v", query, l)
		}
	}
}

// A filter that cannot be read does not take the others with it, and the bar says why it is missing.
func TestAWrongFilterIsLeftOut(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/?status=active&ip=79.200.4&sort=nonsense", nil)
	l := Listed(r, "/list", list.Sessions, 25)
	if given := l.Filters().Encode(); given != "status=active" {
		t.Errorf("what holds is %q", given)
	}
	s := NewShell(Deps{PublicURL: "http://localhost", Now: time.Now}).begin(httptest.NewRecorder(), r).Speaker
	want := []string{"The filter “IP address” was left out. This is neither an IP address nor a range such as 192.0.2.0/24."}
	if got := l.Bar(s, nil).Wrong; !slices.Equal(got, want) {
		t.Errorf("the bar says %q", got)
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
		if got := AddressText(address); got != want {
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
	for status := range StatusPills {
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

// Cookies and addresses are a stranger's: whatever they say, a page comes.
func FuzzPreferences(f *testing.F) {
	f.Add("dark", "flash.signedOut-0", "90.40")
	f.Add("auto", "flash.sessionsRevoked--1", "....")
	f.Fuzz(func(t *testing.T, theme, flash, before string) {
		r := httptest.NewRequest(http.MethodGet, "/?"+url.Values{cursorParam: {before}}.Encode(), nil)
		for name, value := range map[string]string{themeCookie: theme, flashCookie: flash} {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		if th := ThemeOf(r); th != "auto" && th != "light" && th != "dark" {
			t.Errorf("theme %q", th)
		}
		v := &Visit{Speaker: Speaker{Printer: message.For("en"), Now: time.Now(), Zone: time.UTC}, W: httptest.NewRecorder(), R: r}
		if _, said := v.TakeFlash(); strings.Contains(said, "flash.") {
			t.Errorf("flash %q", said)
		}
		if n := len(Listed(r, "/", list.OwnEvents, 25).trail); n > maxTrail {
			t.Errorf("%d cursors", n)
		}
	})
}

// The values of a filter can be told apart, in every language.
func TestChoicesCanBeToldApart(t *testing.T) {
	for _, p := range message.All() {
		for _, table := range list.Tables {
			for _, f := range table.Fields {
				values := map[string]string{} // by what they are called
				for _, o := range f.Choices {
					text := p.T(o.Words)
					if other, twice := values[text]; twice {
						t.Errorf("%s: %s of %s calls %q and %q both %q", p.Lang(), f.Name, table.Name, other, o.Value, text)
					}
					values[text] = o.Value
				}
			}
		}
	}
}
