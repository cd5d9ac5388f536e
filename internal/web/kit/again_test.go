package kit

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/seal"
)

// counter is a page with a form, of one node.
type counter struct {
	t   *testing.T
	p   *Shell
	now time.Time
}

func newCounter(t *testing.T, folder string) *counter {
	t.Helper()
	keys, err := seal.Open(filepath.Join(folder, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{t: t, now: time.Date(2026, time.November, 26, 12, 0, 0, 0, time.UTC)}
	c.p = NewShell(Deps{Keys: keys, PublicURL: "https://accounts.test", Now: func() time.Time { return c.now }})
	return c
}

// visit is one of a user to a page of a tenant, with cookies.
func (c *counter) visit(method, path, tenant, user string, form url.Values, cookies ...*http.Cookie) (*Visit, *httptest.ResponseRecorder) {
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, one := range cookies {
		r.AddCookie(one)
	}
	w := httptest.NewRecorder()
	v := &Visit{W: w, R: r, Tenant: sallyport.Tenant{ID: tenant}, keeps: []string{"name", "email"}}
	v.Speaker = Speaker{Printer: message.For("en"), Now: c.now, Zone: time.UTC}
	v.Checked.User.ID = user
	return v, w
}

// refused sends a form that is refused, and returns the cookie that it leaves.
func (c *counter) refused(form url.Values, err error) *http.Cookie {
	c.t.Helper()
	v, w := c.visit(http.MethodPost, "/form", "t1", "u1", form)
	if err := c.p.SendBack(v, "/form?tab=2", err); err != nil {
		c.t.Fatal(err)
	}
	all := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/form?tab=2" || len(all) != 1 {
		c.t.Fatalf("%d %v", w.Code, w.Header())
	}
	return all[0]
}

var wrongName = &sallyport.Error{Code: sallyport.CodeInvalid, Fields: []sallyport.FieldError{{Field: "name", Code: "too_long", Args: map[string]string{"max": "100"}}}}

// What was typed and what was wrong come back once, and nothing that no row of a table keeps.
func TestSentBack(t *testing.T) {
	c := newCounter(t, t.TempDir())
	cookie := c.refused(url.Values{"name": {"Zoë"}, "password": {"Very secret 1"}, "code": {"123456"}}, wrongName)
	if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 600 || cookie.Path != "/" {
		t.Errorf("%s", cookie.Raw)
	}
	v, w := c.visit(http.MethodGet, "/form?tab=2", "t1", "u1", nil, cookie)
	again := c.p.SentBack(v)
	if again.Value("name") != "Zoë" || again.Value("password") != "" || again.Value("code") != "" || again.Unsent || again.Notice(v.Speaker) != nil {
		t.Fatalf("%+v", again)
	}
	if f := again.Refused().Fields; len(f) != 1 || f[0].Args["max"] != "100" || again.Status(v) != http.StatusUnprocessableEntity {
		t.Errorf("%+v", again.Err)
	}
	if used := w.Result().Cookies(); len(used) != 1 || used[0].MaxAge >= 0 || used[0].Name != cookie.Name {
		t.Errorf("it is not used up: %v", used)
	}
	if c.p.SentBack(v) != nil {
		t.Error("it is shown twice")
	}
}

// Every node that has the keys reads it: nothing is in memory.
func TestSentBackByAnotherNode(t *testing.T) {
	folder := t.TempDir()
	cookie := newCounter(t, folder).refused(url.Values{"name": {"Zoë"}}, wrongName)
	other := newCounter(t, folder)
	if v, _ := other.visit(http.MethodGet, "/form", "t1", "u1", nil, cookie); other.p.SentBack(v).Value("name") != "Zoë" {
		t.Error("another node does not read it")
	}
}

// It is good for its page, its user and its tenant, for a while; and nobody else writes one.
func TestSentBackIsBound(t *testing.T) {
	c := newCounter(t, t.TempDir())
	cookie := c.refused(url.Values{"name": {"Zoë"}}, wrongName)
	forged, stranger := *cookie, newCounter(t, t.TempDir()).refused(url.Values{"name": {"Call 555-0100"}}, wrongName)
	forged.Value = cookie.Value[:len(cookie.Value)-4] + "AAAA"
	renamed := *cookie
	renamed.Name = unsents.cookie
	for what, x := range map[string]struct {
		path, tenant, user string
		cookie             *http.Cookie
		later              time.Duration
	}{
		"another page":       {"/other", "t1", "u1", cookie, 0},
		"another tenant":     {"/form", "t2", "u1", cookie, 0},
		"another user":       {"/form", "t1", "u2", cookie, 0},
		"nobody":             {"/form", "t1", "", cookie, 0},
		"too late":           {"/form", "t1", "u1", cookie, keptFor},
		"forged":             {"/form", "t1", "u1", &forged, 0},
		"by other keys":      {"/form", "t1", "u1", stranger, 0},
		"under another name": {"/form", "t1", "u1", &renamed, 0},
		"nonsense":           {"/form", "t1", "u1", &http.Cookie{Name: cookie.Name, Value: "nonsense"}, 0},
	} {
		before := c.now
		c.now = c.now.Add(x.later)
		v, w := c.visit(http.MethodGet, x.path, x.tenant, x.user, nil, x.cookie)
		if again := c.p.SentBack(v); again != nil || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %+v", what, again)
		}
		c.now = before
	}
}

// A wait ends when it does, however late its page is looked at; then nothing is refused any more.
func TestSentBackWait(t *testing.T) {
	c := newCounter(t, t.TempDir())
	cookie := c.refused(url.Values{"email": {"a@corp.test"}}, &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: 90 * time.Second})
	c.now = c.now.Add(30 * time.Second)
	v, w := c.visit(http.MethodGet, "/form", "t1", "u1", nil, cookie)
	again := c.p.SentBack(v)
	if wait := v.WaitFor(again.Err); wait == nil || wait.Seconds != 60 || again.Status(v) != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" {
		t.Errorf("%+v %v", again, w.Header())
	}
	c.now = c.now.Add(time.Minute)
	v, _ = c.visit(http.MethodGet, "/form", "t1", "u1", nil, cookie)
	if again := c.p.SentBack(v); again.Refused() != nil || again.Value("email") != "a@corp.test" || again.Status(v) != http.StatusOK {
		t.Errorf("%+v", again)
	}
}

// What is too long is left out, and the rest is whole.
func TestSentBackFits(t *testing.T) {
	c := newCounter(t, t.TempDir())
	many := sallyport.Invalid()
	for range 100 {
		many.Fields = append(many.Fields, wrongName.Fields...)
	}
	for what, x := range map[string]struct {
		form  url.Values
		err   error
		email string
	}{
		"a long name":     {url.Values{"name": {strings.Repeat("<", 5000)}, "email": {"a@corp.test"}}, wrongName, "a@corp.test"},
		"broken text":     {url.Values{"name": {"\xff\x00"}, "email": {"a@corp.test"}}, wrongName, "a@corp.test"},
		"a hundred rules": {url.Values{"email": {strings.Repeat("a", 200)}}, many, ""},
	} {
		cookie := c.refused(x.form, x.err)
		if n := len(cookie.Raw); n > 2200 {
			t.Errorf("%s: %d bytes", what, n)
		}
		v, _ := c.visit(http.MethodGet, "/form", "t1", "u1", nil, cookie)
		if again := c.p.SentBack(v); again.Refused() == nil || again.Value("email") != x.email || len(again.Value("name")) > 100 {
			t.Errorf("%s: %+v", what, again)
		}
	}
}

// What a page cannot say is no redirect: the error goes on.
func TestSendBackOnlyRefusals(t *testing.T) {
	c := newCounter(t, t.TempDir())
	for _, err := range []error{sallyport.ErrUnavailable, http.ErrBodyNotAllowed} {
		v, w := c.visit(http.MethodPost, "/form", "t1", "u1", url.Values{})
		if got := c.p.SendBack(v, "/form", err); got == nil || len(w.Header()) > 0 {
			t.Errorf("%v: %v %v", err, got, w.Header())
		}
	}
}

// A form that was not sent waits for its user, and is said to.
func TestUnsent(t *testing.T) {
	c := newCounter(t, t.TempDir())
	for what, x := range map[string]struct {
		method, user string
		kept         bool
	}{
		"a form":           {http.MethodPost, "u1", true},
		"a page":           {http.MethodGet, "u1", false},
		"a form of nobody": {http.MethodPost, "", false},
		"that of another":  {http.MethodPost, "u2", false},
	} {
		v, w := c.visit(x.method, "/form", "t1", "", url.Values{"name": {"Zoë"}, "password": {"Very secret 1"}})
		if err := c.p.keepUnsent(v, x.user); err != nil {
			t.Fatal(err)
		}
		v, _ = c.visit(http.MethodGet, "/form", "t1", "u1", nil, w.Result().Cookies()...)
		again := c.p.SentBack(v)
		if (again != nil) != x.kept || x.kept && (again.Value("name") != "Zoë" || again.Value("password") != "" || again.Notice(v.Speaker) == nil || again.Status(v) != http.StatusOK) {
			t.Errorf("%s: %+v", what, again)
		}
	}
}
