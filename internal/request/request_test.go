package request_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/token"
)

func prefixes(all ...string) (out []netip.Prefix) {
	for _, p := range all {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func from(remote string, forwarded ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://accounts.example.com/", nil)
	r.RemoteAddr = remote
	for _, v := range forwarded {
		r.Header.Add("X-Forwarded-For", v)
	}
	return r
}

func TestClientIP(t *testing.T) {
	proxies := prefixes("10.0.0.0/8", "2001:db8:aaaa::/48", "127.0.0.1/32", "fe80::/10")
	for _, tt := range []struct {
		name      string
		remote    string
		forwarded []string
		want      string // "" for none
	}{
		{"direct", "192.0.2.1:5000", nil, "192.0.2.1"},
		{"direct, IPv6", "[2001:db8::1]:5000", nil, "2001:db8::1"},
		{"direct, v4-mapped", "[::ffff:192.0.2.1]:5000", nil, "192.0.2.1"},
		{"direct, with a zone", "[fe80::1%eth0]:5000", nil, "fe80::1"},
		{"forged by a stranger", "192.0.2.1:5000", []string{"198.51.100.9"}, "192.0.2.1"},
		{"forged by a stranger, naming our proxy", "192.0.2.1:5000", []string{"198.51.100.9, 10.0.0.1"}, "192.0.2.1"},
		{"through a proxy", "10.0.0.1:5000", []string{"198.51.100.9"}, "198.51.100.9"},
		{"through a proxy that is v4-mapped", "[::ffff:10.0.0.1]:5000", []string{"198.51.100.9"}, "198.51.100.9"},
		{"through a proxy with a zone", "[fe80::1%eth0]:5000", []string{"198.51.100.9"}, "198.51.100.9"},
		{"forged in front of a proxy", "10.0.0.1:5000", []string{"1.2.3.4, 198.51.100.9"}, "198.51.100.9"},
		{"forged in a header of its own", "10.0.0.1:5000", []string{"1.2.3.4", "198.51.100.9"}, "198.51.100.9"},
		{"forged as a proxy of ours", "10.0.0.1:5000", []string{"10.9.9.9, 198.51.100.9"}, "198.51.100.9"},
		{"garbage in front", "10.0.0.1:5000", []string{"<script>, 198.51.100.9"}, "198.51.100.9"},
		{"two proxies", "10.0.0.1:5000", []string{"198.51.100.9, 10.0.0.2"}, "198.51.100.9"},
		{"two proxies, and forged", "10.0.0.1:5000", []string{"1.2.3.4, 198.51.100.9, 10.0.0.2"}, "198.51.100.9"},
		{"two proxies in two headers", "10.0.0.1:5000", []string{"1.2.3.4, 198.51.100.9", "10.0.0.2"}, "198.51.100.9"},
		{"IPv6 through an IPv6 proxy", "[2001:db8:aaaa::1]:5000", []string{"2001:db8::7"}, "2001:db8::7"},
		{"v4-mapped in the header", "10.0.0.1:5000", []string{"::ffff:198.51.100.9"}, "198.51.100.9"},
		{"with a port", "10.0.0.1:5000", []string{"198.51.100.9:4711"}, "198.51.100.9"},
		{"IPv6 with a port", "10.0.0.1:5000", []string{"[2001:db8::7]:4711"}, "2001:db8::7"},
		{"IPv6 in brackets", "10.0.0.1:5000", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 with a zone", "10.0.0.1:5000", []string{"fd00::7%eth0"}, "fd00::7"},
		{"spaces", "10.0.0.1:5000", []string{"  1.2.3.4 ,\t198.51.100.9  "}, "198.51.100.9"},
		{"proxies all the way", "10.0.0.1:5000", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a proxy that says nothing", "10.0.0.1:5000", nil, "10.0.0.1"},
		{"an empty header", "10.0.0.1:5000", []string{""}, "10.0.0.1"},
		{"an empty last hop", "10.0.0.1:5000", []string{"198.51.100.9,"}, "10.0.0.1"},
		{"garbage last", "10.0.0.1:5000", []string{"198.51.100.9, unknown"}, ""},
		{"an obfuscated last hop", "10.0.0.1:5000", []string{"198.51.100.9, _hidden"}, ""},
		{"a number that is no address", "10.0.0.1:5000", []string{"3221225985"}, ""},
		{"octal", "10.0.0.1:5000", []string{"0300.0.2.1"}, ""},
		{"a range", "10.0.0.1:5000", []string{"198.51.100.0/24"}, ""},
		{"no connection", "", []string{"198.51.100.9"}, ""},
		{"a unix socket", "@", []string{"198.51.100.9"}, ""},
		{"a remote address without a port", "10.0.0.1", nil, ""},
	} {
		got := request.ClientIP(from(tt.remote, tt.forwarded...), proxies)
		want, _ := netip.ParseAddr(tt.want)
		if got != want {
			t.Errorf("%s: %v, want %v", tt.name, got, want)
		}
	}
	if got := request.ClientIP(from("127.0.0.1:1", "198.51.100.9"), nil); got != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("without trusted proxies the header counts: %v", got)
	}
	// No trusted proxy writes Forwarded and X-Real-IP, so they are ignored.
	r := from("10.0.0.1:5000")
	r.Header.Set("X-Real-Ip", "1.2.3.4")
	r.Header.Set("Forwarded", "for=1.2.3.4")
	if got := request.ClientIP(r, proxies); got != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("%v", got)
	}
}

// Whatever the client writes, the entry of the trusted proxy counts. A connection that
// is not from a trusted proxy has its own address.
func FuzzClientIP(f *testing.F) {
	for _, v := range []string{"", ",", "1.2.3.4", "10.0.0.9, 1.2.3.4", "[::1]:80, unknown", "fe80::1%25, ::ffff:10.1.1.1", ",,,,", "%", "\x00", "[", "]:1"} {
		f.Add(v, v)
	}
	proxies := prefixes("10.0.0.0/8")
	f.Fuzz(func(t *testing.T, claim, remote string) {
		client := netip.MustParseAddr("198.51.100.9")
		if got := request.ClientIP(from("10.0.0.1:1", claim+", 198.51.100.9"), proxies); got != client {
			t.Errorf("%q in front of the real address gives %v", claim, got)
		}
		if got := request.ClientIP(from("10.0.0.1:1", claim, "198.51.100.9, 10.2.3.4"), proxies); got != client {
			t.Errorf("%q in front of the real address and a second proxy gives %v", claim, got)
		}
		if got := request.ClientIP(from("192.0.2.1:1", claim), proxies); got != netip.MustParseAddr("192.0.2.1") {
			t.Errorf("a stranger who claims %q is taken for %v", claim, got)
		}
		got := request.ClientIP(from(remote, claim), proxies)
		if got.Zone() != "" || got.Is4In6() {
			t.Errorf("%q, %q: %v is not in its plain form", remote, claim, got)
		}
	})
}

func places(t testing.TB) *geo.DB {
	t.Helper()
	db, err := geo.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestClient(t *testing.T) {
	v := request.NewReader(nil, nil, places(t), nil, time.Now)
	r := from("8.8.8.8:1")
	r.Header.Set("User-Agent", apptest.FirefoxOnLinux)
	c := v.Client(r)
	if c.IPAddress != "8.8.8.8" || c.UserAgent != apptest.FirefoxOnLinux || c.Info.Browser != "Firefox" || c.Info.Type != sallyport.DeviceDesktop || c.Location.Country != "US" {
		t.Errorf("%+v", c)
	}
	if c := v.Client(from("@")); c.IPAddress != "" || c.Location != (sallyport.Location{}) {
		t.Errorf("%+v", c)
	}
	for _, ua := range []string{
		strings.Repeat("a", 511) + "é", strings.Repeat("é", 400), "\x00a\x00", strings.Repeat("\xff.", 600), strings.Repeat("a", 510) + "\xff\xff\xff", "\xed\xa0\x80", strings.Repeat("x", 1<<20),
	} {
		r.Header.Set("User-Agent", ua)
		got := v.Client(r).UserAgent
		if len(got) > 512 || !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("%.20q is read as %.20q of %d bytes", ua, got, len(got))
		}
	}
}

func FuzzClient(f *testing.F) {
	v := request.NewReader(nil, nil, places(f), nil, time.Now)
	f.Add(apptest.ChromeOnMac)
	f.Add(apptest.SafariOnIPhone)
	f.Add(strings.Repeat("a", 511) + "é")
	f.Fuzz(func(t *testing.T, ua string) {
		r := from("192.0.2.1:1")
		r.Header["User-Agent"] = []string{ua}
		c := v.Client(r)
		for _, s := range []string{c.UserAgent, c.Info.Browser, c.Info.BrowserVersion, c.Info.OS, c.Info.OSVersion, c.Info.Model, string(c.Info.Type)} {
			if len(s) > 512 || !utf8.ValidString(s) || strings.Contains(s, "\x00") {
				t.Errorf("%q gives %q, which PostgreSQL does not take", ua, s)
			}
		}
	})
}

// cookies returns the cookies that a handler set, and a request that sends them back.
func cookies(t *testing.T, set func(http.ResponseWriter)) ([]*http.Cookie, *http.Request) {
	t.Helper()
	w := httptest.NewRecorder()
	set(w)
	r := from("192.0.2.1:1")
	all := w.Result().Cookies()
	for _, c := range all {
		if c.MaxAge >= 0 {
			r.AddCookie(c)
		}
	}
	return all, r
}

func TestCookies(t *testing.T) {
	secret, _ := token.New(token.Session)
	end := apptest.Start.Add(time.Hour)
	for name, tt := range map[string]struct {
		set, clear func(http.ResponseWriter)
		read       func(*http.Request) string
		same       http.SameSite
		longer     time.Duration
	}{
		// It outlives its session, so that somebody who comes back is told why that is over.
		"session": {func(w http.ResponseWriter) { request.SetSession(w, secret, end) }, request.EndSession, request.SessionToken, http.SameSiteLaxMode, 24 * time.Hour},
		"flow": {func(w http.ResponseWriter) {
			request.Deliver(w, nil, request.Left{FlowToken: secret, FlowEnds: end})
		}, request.ClearFlow, request.FlowToken, http.SameSiteStrictMode, 0},
	} {
		all, r := cookies(t, tt.set)
		if len(all) != 1 {
			t.Fatalf("%s: %d cookies", name, len(all))
		}
		c := all[0]
		// RFC 6265bis demands these attributes for the prefix; the others protect from scripts
		// and other sites.
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.SameSite != tt.same || !c.Expires.Equal(end.Add(tt.longer).Truncate(time.Second)) {
			t.Errorf("%s: %s", name, c.Raw)
		}
		if got := tt.read(r); got != secret {
			t.Errorf("%s: read back as %q", name, got)
		}
		cleared, _ := cookies(t, tt.clear)
		if len(cleared) != 1 || cleared[0].Name != c.Name || cleared[0].MaxAge >= 0 || cleared[0].Value != "" || !cleared[0].Secure || cleared[0].Path != "/" || cleared[0].SameSite != tt.same {
			t.Errorf("%s: cleared by %s", name, cleared[0].Raw)
		}
	}
	if request.SessionToken(from("192.0.2.1:1")) != "" || request.FlowToken(from("192.0.2.1:1")) != "" || request.Devices(from("192.0.2.1:1")) != nil {
		t.Error("something came from nothing")
	}
}

func TestSessionTokenOfHeader(t *testing.T) {
	_, r := cookies(t, func(w http.ResponseWriter) { request.SetSession(w, "cookie", apptest.Start) })
	for header, want := range map[string]string{
		"":               "cookie",
		"Bearer abc":     "abc",
		"bearer abc":     "abc",
		"BEARER  abc ":   "abc",
		"Bearer":         "",
		"Bearer ":        "",
		"Basic YTpi":     "",
		"Bearerabc":      "",
		"Digest abc":     "",
		"Bearer abc def": "abc def", // does not look like a token
	} {
		r.Header.Del("Authorization")
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		if got := request.SessionToken(r); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestDeviceCookie(t *testing.T) {
	r := from("192.0.2.1:1")
	var want []string
	for range 12 {
		credential, _ := token.New(token.Device)
		want = append([]string{credential}, want...)
		want = want[:min(len(want), 8)]
		all, next := cookies(t, delivered(r, "", credential))
		r = next
		if got := strings.Join(request.Devices(r), " "); got != strings.Join(want, " ") {
			t.Fatalf("%s, want %s", got, strings.Join(want, " "))
		}
		if c := all[len(all)-1]; !c.Secure || !c.HttpOnly || len(c.Raw) > 4096 || c.Expires.Sub(apptest.Start).Round(24*time.Hour) != 400*24*time.Hour {
			t.Fatalf("%d bytes: %s", len(c.Raw), c.Raw)
		}
	}
	// The replaced credential is gone, and the others stay.
	_, next := cookies(t, delivered(r, want[2], "new"))
	if got := request.Devices(next); len(got) != 8 || got[0] != "new" || slices.Contains(got, want[2]) || !slices.Contains(got, want[7]) {
		t.Errorf("after replacing one: %v", got)
	}
	// A cookie that the client filled with other texts is read up to the limit and not
	// written back.
	r = from("192.0.2.1:1")
	r.AddCookie(&http.Cookie{Name: "__Host-sallyport-devices", Value: strings.Repeat("x.", 2000)})
	if n := len(request.Devices(r)); n > 9 {
		t.Errorf("%d credentials", n)
	}
	all, _ := cookies(t, delivered(r, "", "new"))
	if v := all[len(all)-1].Value; v != "new.x.x.x.x.x.x.x" {
		t.Errorf("%.60s", v)
	}
}

func TestTenantByHost(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := request.NewReader(a.DB, a.Sessions, places(t), nil, a.Clock.Now)
		of := func(host string) (string, error) {
			r := from("192.0.2.1:1")
			r.Host = host
			found, err := v.Tenant(r)
			return found.ID, err
		}
		if _, err := of("anything.test"); sallyport.CodeOf(err) != sallyport.CodeNotSetUp {
			t.Errorf("before the set-up: %v", err)
		}
		other := a.AddTenant(t, "other.test")
		if _, err := of("anything.test"); sallyport.CodeOf(err) != sallyport.CodeNotFound {
			t.Errorf("without a default organisation: %v", err)
		}
		byDefault := a.TenantID(t)
		a.Clock.Advance(6 * time.Second) // the list of tenants is read again
		for host, want := range map[string]string{
			"other.test": other.ID, "OTHER.test:8443": other.ID, "other.test.": other.ID, "other.test.:80": other.ID,
			"": byDefault, "accounts.example.com": byDefault, "sub.other.test": byDefault, "192.0.2.1:80": byDefault, "[::1]:80": byDefault, "[::1]": byDefault,
			"other.test@evil.test": byDefault, "evil.test/other.test": byDefault, ".": byDefault, ":80": byDefault,
		} {
			if got, err := of(host); err != nil || got != want {
				t.Errorf("%q: %s, %v", host, got, err)
			}
		}
		late := a.AddTenant(t, "late.test")
		if got, _ := of("late.test"); got != byDefault {
			t.Error("the list is read on each request")
		}
		a.Clock.Advance(6 * time.Second)
		if got, _ := of("late.test"); got != late.ID {
			t.Error("a new organisation is not found")
		}
		a.Clock.Advance(-time.Hour) // a clock set back does not make the cached list last longer
		last := a.AddTenant(t, "last.test")
		if got, _ := of("last.test"); got != last.ID {
			t.Error("a clock set back keeps the list")
		}
	})
}

// A session is refused under the host name of another organisation. Check on a request
// gives the same answer as session.Service.Check.
func TestCheck(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		s := a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail)
		a.AddTenant(t, "other.test")
		v := request.NewReader(a.DB, a.Sessions, places(t), nil, a.Clock.Now)
		check := func(host string, bring func(*http.Request)) (sallyport.Actor, error) {
			r := from("192.0.2.77:1")
			r.Host = host
			bring(r)
			_, c, err := v.Check(r)
			if err != nil {
				return sallyport.Actor{}, err
			}
			return v.Actor(r, c), nil
		}
		cookie := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "__Host-sallyport", Value: s.SessionToken}) }
		bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+s.SessionToken) }
		for name, bring := range map[string]func(*http.Request){"cookie": cookie, "bearer": bearer} {
			actor, err := check("accounts.example.com", bring)
			if err != nil || actor.Type != sallyport.ActorUser || actor.UserID != s.User.ID || actor.SessionID != s.Session.ID ||
				actor.Role != sallyport.RoleOwner || actor.TenantID != s.User.TenantID || actor.Client.IPAddress != "192.0.2.77" {
				t.Errorf("%s: %+v, %v", name, actor, err)
			}
			if _, err := check("other.test", bring); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
				t.Errorf("%s, under another host: %v", name, err)
			}
		}
		for name, bring := range map[string]func(*http.Request){
			"nothing":                         func(*http.Request) {},
			"cookie without prefix":           func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sallyport", Value: s.SessionToken}) },
			"device as session":               func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "__Host-sallyport", Value: s.DeviceToken}) },
			"in the address":                  func(r *http.Request) { r.URL.RawQuery = "token=" + s.SessionToken },
			"another scheme hides the cookie": func(r *http.Request) { cookie(r); r.Header.Set("Authorization", "Basic eA==") },
		} {
			if _, err := check("accounts.example.com", bring); sallyport.CodeOf(err) != sallyport.CodeNotSignedIn {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestStatuses(t *testing.T) {
	for code, want := range map[sallyport.Code]int{
		sallyport.CodeInvalidCredentials: 401, sallyport.CodeNotSignedIn: 401, sallyport.CodeSessionRevoked: 401, sallyport.CodeForbidden: 403,
		sallyport.CodeNotFound: 404, sallyport.CodeSetUpClosed: 404, sallyport.CodeConflict: 409, sallyport.CodeInvalid: 422,
		sallyport.CodeAccountLocked: 429, sallyport.CodeRateLimited: 429, sallyport.CodeUnavailable: 503, sallyport.CodeInternal: 500, "made_up": 500,
	} {
		if got := request.Status(fmt.Errorf("wrapped: %w", sallyport.Refuse(code, ""))); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
	if got := request.Status(bytes.ErrTooLarge); got != 500 {
		t.Errorf("an error of nobody's: %d", got)
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 1}, "1"},
		{&sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 1500 * time.Millisecond}, "2"},
		{&sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: 30 * time.Minute}, "1800"},
		{&sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: -time.Minute}, ""},
		{sallyport.ErrUnavailable, "2"},
		{sallyport.ErrNotFound, ""},
		{bytes.ErrTooLarge, ""},
	} {
		h := http.Header{}
		request.SetRetryAfter(h, tt.err)
		if got := h.Get("Retry-After"); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}
