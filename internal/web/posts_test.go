package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// answersItself are the acts whose answer is a page when they succeed, and why.
var answersItself = map[string]string{
	"POST /profile/security/lockdown":                "nobody is signed in afterwards who could ask for the report",
	"POST /profile/security/two-factor/backup-codes": "the codes are shown this once",
	"POST /undo-email/link/{of}":                     "the link that could tell it again is used up",
	"POST /profile/general/data/html":                "it is the copy that was asked for",
	"POST /settings/look/preview":                    "it shows what was typed, and stores nothing",
	"POST /not-me/link/{of}":                         "the link that could tell it again is used up",
	"POST /trust-device/link/{of}":                   "the link is used up, and its holder may not be signed in here",
	"POST /it-was-me/link/{of}":                      "the link is used up, and its holder may not be signed in here",
	"POST /profile/security/linked/{id}/link":        "it sends itself on to an identity provider: no address of ours is on the way",
	"POST /sso/{provider}/callback":                  "it sends what a provider said on to our own address, with the cookies of this one",
}

// bad are forms that nothing comes of, with the names of all fields that there are.
func bad() map[string]url.Values {
	names := []string{
		"email", "password", "currentPassword", "newPassword", "confirmPassword", "code", "method", "factor", "name", "passkey", "giveUp", "trust",
		"country", "phoneNumber", "organisation", "firstName", "lastName", "session", "close", "until", "fingerprint",
		"description", "permissions", "role", "group", "list", "done", "userId", "add",
	}
	all := map[string]url.Values{"nothing": {}, "nonsense": {}, "too much": {}, "a wrong password": {}, "a wrong code": {}}
	for _, n := range names {
		all["nonsense"].Set(n, "\x00<b>")
		all["too much"].Set(n, strings.Repeat("ä", 400))
		all["a wrong password"].Set(n, "Not the right 1")
		all["a wrong code"].Set(n, "000000")
	}
	for _, method := range []string{sallyport.MethodTOTP, sallyport.MethodBackupCodes, sallyport.MethodWebAuthn, sallyport.MethodSMS} {
		all["a wrong "+method] = url.Values{"method": {method}, "code": {"000000"}, "passkey": {"{}"}, "password": {"wrong"}}
	}
	all["a wrong address"] = url.Values{"email": {"nobody@corp.test"}, "password": {"wrong"}}
	return all
}

// submit sends a form by the pattern.
func (w *world) submit(r kit.Route, g guest, id string, form url.Values) webtest.Answer {
	w.t.Helper()
	_, path, _ := strings.Cut(r.Pattern, " ")
	path, link := strings.Replace(path, "{id}", id, 1), []string(nil)
	if base, _, ok := strings.Cut(path, "/link/{of}"); ok {
		path, link = w.open(base)
	}
	form = maps.Clone(form)
	form.Set("act", "remove_factor")
	headers := []string{"Cookie", strings.Join(slices.DeleteFunc(append(link, g.cookie), func(c string) bool { return c == "" }), "; ")}
	if g.host != "" {
		headers = append(headers, "Host", g.host)
	}
	return w.v.Send(http.MethodPost, path, strings.NewReader(form.Encode()), headers...)
}

// kindsOfLinks are those of mails, by where they lead.
var kindsOfLinks = map[string]link.Kind{
	"/recovery": link.Reset, "/verify-email": link.VerifyEmail, "/unlock": link.Unlock, "/not-me": link.NotMe,
	"/invitation": link.Invitation, "/reopen": link.Reopen, "/trust-device": link.Device, "/it-was-me": link.Mine, "/undo-email": link.UndoEmail,
}

// open opens a link that works, where there are such, and returns its page with the cookie.
func (w *world) open(base string) (string, []string) {
	w.t.Helper()
	address := base + "/" + secret
	if kind, ok := kindsOfLinks[base]; ok {
		address = base + "/" + w.mailed(kind)
	}
	a := w.v.Get(address)
	var cookies []string
	for _, c := range a.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	return a.Header.Get("Location"), cookies
}

// waiting are sign-ins that wait for something.
func (w *world) waiting() map[string]guest {
	w.t.Helper()
	all := map[string]guest{}
	begin := func(state signin.State, email string) string {
		from := w.a.Laptop(w.t)
		from.AsksTrust = state == signin.Device
		r, err := w.a.Try(w.t.Context(), from, email, apptest.Password)
		if err != nil || r.State != state {
			w.t.Fatalf("%s %v, want %s", r.State, err, state)
		}
		all[string(state)] = guest{cookie: "__Host-sallyport-flow=" + r.FlowToken}
		return r.FlowToken
	}
	all[string(signin.Factor)] = w.flow()
	w.made++
	address := fmt.Sprintf("guest-%d@corp.test", w.made)
	webtest.MustChange(w.t, w.a, address)
	begin(signin.ChangePassword, address)
	begin(signin.Device, w.arrive(member).in.User.Email)
	w.a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedEveryone })
	who := w.a.AddUser(w.t, fmt.Sprintf("unenrolled-%d@corp.test", w.made), sallyport.RoleMember)
	flow := begin(signin.Enrol, who.Email)
	begun, err := w.a.SignIn.BeginEnrolment(w.t.Context(), w.a.Laptop(w.t), flow, "", mfa.NewFactor{Method: sallyport.MethodTOTP})
	if err != nil {
		w.t.Fatal(err)
	}
	all[string(signin.Enrol)] = guest{cookie: "__Host-sallyport-flow=" + begun.FlowToken}
	return all
}

// Whatever is refused leads to a page: no answer to a form is one that a reload sends again. Its
// page then says what was wrong.
func TestRefusedFormsLeadToTheirPage(t *testing.T) {
	a := webtest.SQLite(t)
	w := newWorld(t, a)
	led := map[string]bool{}
	for _, r := range webtest.PagesOf(t, a, "https://accounts.test").Routes() {
		if !strings.HasPrefix(r.Pattern, "POST ") {
			continue
		}
		for what, form := range bad() {
			w.refuses(r, what, form, led)
		}
	}
	for _, pattern := range []string{
		"POST /sign-in", "POST /sign-in/passkey", "POST /sign-in/factor", "POST /sign-in/new-password", "POST /sign-in/enrol/sms", "POST /sign-in/enrol/set-up",
		"POST /step-up", "POST /recovery", "POST /recovery/link/{of}", "POST /invitation/link/{of}", "POST /not-me/link/{of}",
		"POST /profile/security/password", "POST /profile/security/two-factor/add/{id}", "POST /profile/security/devices/{id}/rename",
	} {
		if !led[pattern] {
			t.Errorf("nothing was refused at %s", pattern)
		}
	}
}

// refuses sends a bad form as everybody who may come by.
func (w *world) refuses(r kit.Route, what string, form url.Values, led map[string]bool) {
	w.t.Helper()
	defer w.a.SetPolicy(func(p *sallyport.Policy) { p.MFAEnforced = sallyport.EnforcedNobody })
	visitors := map[string]guest{"nobody": {}}
	if r.Guard == kit.InFlow {
		maps.Copy(visitors, w.waiting())
	}
	if r.Guard == kit.SignedIn {
		visitors = map[string]guest{"a member": w.proven(r, w.arrive(member), nil)}
	}
	for who, g := range visitors {
		a := w.submit(r, g, w.thing(r.Pattern, g), form)
		page := strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && slices.Contains([]int{200, 401, 422, 429}, a.StatusCode)
		if page && (a.StatusCode != http.StatusOK || answersItself[r.Pattern] == "") {
			w.t.Errorf("%s, %s with %s: a page of status %d:\n%s", r.Pattern, who, what, a.StatusCode, webtest.Plain(a.Text))
		}
		for _, c := range a.Cookies() {
			led[r.Pattern] = led[r.Pattern] || c.Name == "__Host-sallyport-refused" && c.MaxAge > 0
		}
	}
}
