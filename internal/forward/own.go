package forward

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/request"
)

// Cookies on the hosts of apps. The prefix keeps them to that host alone: no other host of the domain sees or sets
// them (RFC 6265bis section 4.1.3.2).
const (
	passCookie  = "__Host-sallyport-app"
	stateCookie = "__Host-sallyport-state"
)

// stateLifetime is how long signing in may take until the browser has to begin anew: what a flow may take, and more.
const stateLifetime = time.Hour

// passOf returns the pass of a browser, "" for none.
func passOf(r *http.Request) string { return cookie(r, passCookie) }

// cookie returns the value of a cookie, "" where it is not there once: of two nobody knows which one is meant.
func cookie(r *http.Request, name string) (value string) {
	n := 0
	for _, header := range r.Header["Cookie"] {
		for rest := header; rest != ""; {
			var one string
			one, rest, _ = strings.Cut(rest, ";")
			if found, v, _ := strings.Cut(strings.TrimSpace(one), "="); found == name {
				value = v
				n++
			}
		}
	}
	if n != 1 {
		return ""
	}
	return value
}

// Own answers browsers on the hosts of apps, below [apps.OwnPath].
func (e *Edge) Own(w http.ResponseWriter, r *http.Request) {
	at, err := e.Apps.OnHost(r.Context(), r.Host)
	if err != nil {
		e.say(w, request.Status(err), "This address belongs to no app.")
		return
	}
	page, ok := map[string]func(http.ResponseWriter, *http.Request, *apps.Entry){
		apps.StartPath: e.start, apps.EnterPath: e.enter, apps.LeavePath: e.leave,
	}[r.URL.Path]
	switch {
	case !ok:
		e.say(w, http.StatusNotFound, "There is no such page.")
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		e.say(w, http.StatusMethodNotAllowed, "This page is only read.")
	default:
		page(w, r, at)
	}
}

// say answers with a sentence.
func (e *Edge) say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// start sends a browser to sign in, and keeps in a cookie that it was this one.
func (e *Edge) start(w http.ResponseWriter, r *http.Request, at *apps.Entry) {
	to, ok := localPath(r.URL.Query().Get("to"))
	if !ok {
		to = "/"
	}
	t, err := e.Read.TenantOf(r.Context(), at.TenantID)
	if err != nil {
		e.say(w, request.Status(err), "Signing in is not possible for now.")
		return
	}
	secret := cookie(r, stateCookie)
	if len(secret) != base64.RawURLEncoding.EncodedLen(sha256.Size) { // several tabs share one
		secret = newState()
	}
	setCookie(w, stateCookie, secret, e.Now().Add(stateLifetime))
	state := sha256.Sum256([]byte(secret))
	see(w, e.Base.URL(*t, "/apps/enter?"+url.Values{
		"app": {at.ID}, "to": {at.Origin + to}, "state": {base64.RawURLEncoding.EncodeToString(state[:])},
	}.Encode()))
}

func newState() string {
	b := make([]byte, sha256.Size)
	rand.Read(b) // never fails since Go 1.24: the program would end
	return base64.RawURLEncoding.EncodeToString(b)
}

// enter exchanges the code that a browser brings for its pass.
func (e *Edge) enter(w http.ResponseWriter, r *http.Request, at *apps.Entry) {
	q := r.URL.Query()
	to, ok := localPath(q.Get("to"))
	if !ok {
		to = "/"
	}
	given, err := e.Apps.Exchange(r.Context(), at.TenantID, q.Get("code"), cookie(r, stateCookie))
	switch {
	case err == nil && given.AppID == at.ID:
		setCookie(w, passCookie, given.Token, given.EndsAt)
		see(w, to)
	case err != nil && !signedOut(err) && sallyport.CodeOf(err) != sallyport.CodeLinkExpired:
		e.say(w, request.Status(err), "Signing in is not possible for now.")
	case passOf(r) != "": // the page was loaded again: whoever is in goes on, and others are asked
		see(w, to)
	default:
		e.say(w, http.StatusBadRequest, "This way of signing in is over. Open the app again.")
	}
}

// leave ends the pass of a browser. The session goes on: whoever wants to end that does so here.
func (e *Edge) leave(w http.ResponseWriter, r *http.Request, at *apps.Entry) {
	secret := passOf(r)
	if c, k, err := e.Read.Pass(r.Context(), at.TenantID, secret); err == nil {
		if k != nil {
			known := k.Checked()
			c = &known
		}
		if err := e.Apps.Leave(r.Context(), at.TenantID, c.Session.ID, secret); err != nil {
			e.say(w, request.Status(err), "Leaving is not possible for now.")
			return
		}
	}
	setCookie(w, passCookie, "", time.Unix(1, 0))
	t, err := e.Read.TenantOf(r.Context(), at.TenantID)
	if err != nil {
		e.say(w, request.Status(err), "You have left the app.")
		return
	}
	see(w, e.Base.URL(*t, "/"))
}

func see(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}

func setCookie(w http.ResponseWriter, name, value string, expires time.Time) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", Expires: expires, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// localPath returns where on the same host a browser goes; false for what may lead elsewhere, or in a circle.
func localPath(text string) (string, bool) {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || c == '\\' {
			return "", false
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.HasPrefix(u.Path, apps.OwnPath) {
		return "", false
	}
	return u.RequestURI(), true
}
