package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/descope/virtualwebauthn"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/api"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
	"github.com/sallyport/sallyport/internal/web"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// tape records what one request makes the database and the hasher do.
type tape struct {
	mu    sync.Mutex
	notes []string
}

func (x *tape) add(note string) {
	// How many hashes an event adds to the log, and whether any, depends on how long that is.
	if strings.HasPrefix(note, "INSERT INTO audit_hashes") {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.notes = append(x.notes, note)
}

// during returns what was recorded while f ran.
func (x *tape) during(f func()) []string {
	take := func() []string {
		x.mu.Lock()
		defer x.mu.Unlock()
		notes := x.notes
		x.notes = nil
		return notes
	}
	take()
	f()
	return take()
}

// taped notes each hash that is made or compared with, without what differs between two
// hashes of the same parameters.
type taped struct {
	password.Hasher
	tape *tape
}

func (h taped) Hash(ctx context.Context, password string) (string, error) {
	h.tape.add("hash a new password")
	return h.Hasher.Hash(ctx, password)
}

func (h taped) Verify(ctx context.Context, hash, password string) (ok, weak bool, err error) {
	h.tape.add("compare with " + parameters(hash))
	return h.Hasher.Verify(ctx, hash, password)
}

// parameters returns the beginning of a hash: its algorithm and what it costs.
func parameters(hash string) string {
	parts := strings.Split(hash, "$")
	return strings.Join(parts[:min(4, len(parts))], "$")
}

// unproven is the pages and the API, with accounts of every kind.
type unproven struct {
	t        *testing.T
	a        *apptest.App
	tape     *tape
	pages    *web.Pages
	api      http.Handler
	accounts map[string]sallyport.User // by what they have
	asked    int
	around   func(send func()) // runs what sends a request, after its sign-in was opened; nil for nothing
}

// nobody is a name that no account has.
const nobody = "a name nobody has"

func newUnproven(t *testing.T, engine store.Engine) *unproven {
	t.Helper()
	u := &unproven{t: t, tape: &tape{}}
	u.a = apptest.New(t, engine, store.Options{Trace: u.tape.add})
	u.populate()
	u.a.SetHasher(func(h password.Hasher) password.Hasher { return taped{h, u.tape} })
	places, err := geo.Open("")
	apptest.Must(t, err)
	t.Cleanup(func() { places.Close() })
	read := request.NewReader(u.a.DB, u.a.Sessions, places, nil, u.a.Clock.Now)
	quiet := slog.New(slog.DiscardHandler)
	u.pages = web.New(web.Deps{All: u.a.All, Deps: kit.Deps{Read: read, Keys: u.a.Keys(), Now: u.a.Clock.Now, PublicURL: apptest.BaseURL, Log: quiet}})
	u.api = api.New(api.Deps{
		All: u.a.All, Read: read, Now: u.a.Clock.Now, Version: "test", Log: quiet,
	})
	return u
}

// populate adds accounts that differ in whatever might be read of them.
func (u *unproven) populate() {
	t, a := u.t, u.a
	add := func(kind string) (sallyport.User, sallyport.Actor) {
		user := a.AddUser(t, fmt.Sprintf("user%d@corp.test", len(u.accounts)), sallyport.RoleMember)
		u.accounts[kind] = user
		return user, apptest.Actor(a.SignInAs(t, a.Laptop(t), user.Email))
	}
	u.accounts = map[string]sallyport.User{}
	add("no second factor")
	_, actor := add("an authenticator app")
	a.AddTOTP(t, actor)
	_, actor = add("a passkey")
	a.AddPasskey(t, actor)
	_, actor = add("codes by text message")
	a.AddPhone(t, actor, "+4915112345678")
	owner, actor := add("backup codes, and a passkey that is suspended")
	key := a.AddPasskey(t, actor).Factor
	apptest.Must(t, a.DB.Write(t.Context(), func(tx *store.Tx) error {
		key.Status, key.EndedAt, key.EndedReason = sallyport.FactorSuspended, a.Clock.Now(), "counter_went_back"
		return tx.EndFactor(t.Context(), key)
	}))
	disabled, _ := add("a disabled account")
	_, err := a.Accounts.Disable(t.Context(), sallyport.Operator(owner.TenantID), disabled.ID)
	apptest.Must(t, err)
	u.accounts["no password"] = a.AddUserWithoutPassword(t, "invited@corp.test")
	u.accounts[nobody] = sallyport.User{ID: token.NewID(), Email: "nobody@corp.test"}
}

// seen is what a request made happen, and what it was answered.
type seen struct {
	Status int
	Notes  []string
	After  string // Retry-After: the end of a lock or a wait
}

// ask sends the probe of a route about one account.
func (u *unproven) ask(route string, p probe, about sallyport.User) seen {
	u.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	inAPI := strings.HasPrefix(path, "/api/")
	u.asked++
	client := apptest.Client(fmt.Sprintf("203.0.%d.%d", u.asked/250, u.asked%250), apptest.ChromeOnMac) // a network each, so that none is limited
	from := u.a.From(u.t, client)
	from.Native = inAPI
	var opened signin.Result
	var err error
	switch {
	case p.flow:
		opened, err = u.a.SignIn.Open(u.t.Context(), from, about.Email)
	case p.passkey:
		opened, err = u.a.SignIn.OpenPasskey(u.t.Context(), from)
	}
	apptest.Must(u.t, err)
	form := maps.Clone(p.form)
	for name, value := range form {
		switch value {
		case "EMAIL":
			form[name] = about.Email
		case "PASSKEY":
			form[name] = json.RawMessage(strangeKey(u.t, opened, about))
		case "LINK":
			form[name] = unknown(token.Link)
		}
	}
	path = strings.NewReplacer("{flowId}", opened.FlowID, "{secret}", unknown(token.Link), "{of}", "which", "{$}", "", "{code}", "forbidden").Replace(path)
	r := httptest.NewRequestWithContext(u.t.Context(), method, path, strings.NewReader(encoded(u.t, form, inAPI)))
	r.RemoteAddr = client.IPAddress + ":50000"
	r.Header.Set("User-Agent", client.UserAgent)
	handler := http.Handler(u.pages)
	if inAPI {
		handler = u.api
		r.Header.Set("Sallyport-Device", unknown(token.Device))
		r.Header.Set("Sallyport-Flow", opened.FlowToken)
		if len(form) > 0 {
			r.Header.Set("Content-Type", "application/json")
		}
	} else {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "__Host-sallyport-flow", Value: opened.FlowToken})
		r.AddCookie(&http.Cookie{Name: "__Host-sallyport-devices", Value: unknown(token.Device)})
		u.openLink(r)
	}
	var w *httptest.ResponseRecorder
	var notes []string
	send := func() { notes = u.tape.during(func() { w = served(handler, r) }) }
	if u.around == nil {
		send()
	} else {
		u.around(send)
	}
	return seen{w.Code, notes, w.Header().Get("Retry-After")}
}

// served is the answer to a request. Where a form is sent back, that is its page, with what it says.
func served(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name != "__Host-sallyport-refused" {
			continue
		}
		page := httptest.NewRequestWithContext(r.Context(), http.MethodGet, w.Header().Get("Location"), nil)
		page.RemoteAddr, page.Header = r.RemoteAddr, r.Header.Clone()
		page.AddCookie(c)
		w = httptest.NewRecorder()
		handler.ServeHTTP(w, page)
	}
	return w
}

// openLink makes a request for the page of a mailed link one of a browser that opened a link
// which nobody was mailed.
func (u *unproven) openLink(r *http.Request) {
	u.t.Helper()
	base, _, ok := strings.Cut(r.URL.Path, "/link/")
	if !ok {
		return
	}
	w := httptest.NewRecorder()
	u.pages.ServeHTTP(w, httptest.NewRequestWithContext(r.Context(), http.MethodGet, base+"/"+unknown(token.Link), nil))
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	r.URL.Path = w.Header().Get("Location")
}

// unknown returns a well-formed token that nobody was given.
func unknown(k token.Kind) string { return string(k) + strings.Repeat("A", token.Size) }

// encoded returns a form as the API or the pages take it.
func encoded(t *testing.T, form map[string]any, asJSON bool) string {
	t.Helper()
	if asJSON {
		if len(form) == 0 {
			return ""
		}
		text, err := json.Marshal(form)
		apptest.Must(t, err)
		return string(text)
	}
	values := url.Values{}
	for name, value := range form {
		if raw, ok := value.(json.RawMessage); ok {
			value = string(raw)
		}
		values.Set(name, fmt.Sprint(value))
	}
	return values.Encode()
}

// strangeKey is the answer of a passkey that no account has, in the name of one.
func strangeKey(t *testing.T, opened signin.Result, about sallyport.User) []byte {
	t.Helper()
	x := apptest.Passkey{
		Device: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(about.ID)}),
		Key:    apptest.NewKey(), Party: apptest.RelyingParty("accounts.corp.test", apptest.BaseURL),
	}
	return x.Answer(t, opened.Asked.Options)
}

// routes returns all routes that anybody reaches without proof: pages without a session, and
// operations of the API that need none.
func (u *unproven) routes() []string {
	u.t.Helper()
	var all []string
	for _, r := range u.pages.Routes() {
		if r.Guard == kit.SignedIn {
			continue
		}
		pattern := r.Pattern
		if !strings.Contains(pattern, " ") {
			pattern = "GET " + pattern
		}
		all = append(all, pattern)
	}
	w := httptest.NewRecorder()
	u.api.ServeHTTP(w, httptest.NewRequestWithContext(u.t.Context(), http.MethodGet, "/api/v1/openapi.json", nil))
	var document struct {
		Paths map[string]map[string]struct{ Security []map[string]any }
	}
	apptest.Must(u.t, json.Unmarshal(w.Body.Bytes(), &document))
	for path, operations := range document.Paths {
		for method, o := range operations {
			session := slices.ContainsFunc(o.Security, func(s map[string]any) bool { return s["sessionCookie"] != nil || s["bearer"] != nil })
			if !session {
				all = append(all, strings.ToUpper(method)+" /api/v1"+strings.TrimPrefix(path, "/api/v1"))
			}
		}
	}
	if len(document.Paths) == 0 {
		u.t.Fatal("the API has no operations")
	}
	slices.Sort(all)
	return all
}
