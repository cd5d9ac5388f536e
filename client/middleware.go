package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// Paths of the app that the middleware answers itself.
const (
	EnterPath = "/.sallyport/enter" // where Sallyport sends a browser back to
	LeavePath = "/.sallyport/leave" // POST signs out, see [Client.SignOut]
)

// Middleware lets through who has a session, which [From] returns, and sends browsers without one to sign in. It belongs
// around the whole app, or everything that needs a session and the paths below /.sallyport/.
func (c *Client) Middleware(next http.Handler) http.Handler {
	return c.own(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.let(w, r, next, nil) }))
}

// Optional is Middleware for an app that is also for people without a session: [From] returns nil for them. When
// Sallyport cannot be asked, they are nobody.
func (c *Client) Optional(next http.Handler) http.Handler {
	return c.own(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s, err := c.session(r); err == nil {
			r = r.WithContext(context.WithValue(r.Context(), contextKey{}, s))
		}
		next.ServeHTTP(w, r)
	}))
}

// Require lets through who has a session that meets all conditions. Browsers are sent to prove what can be proven, and
// come back. It works inside Middleware or Optional, and alone for programs.
func (c *Client) Require(conditions ...Condition) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.let(w, r, next, conditions) })
	}
}

// own answers what is below /.sallyport/.
func (c *Client) own(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == EnterPath && r.Method == http.MethodGet && c.config.Address != "":
			c.enter(w, r)
		case r.URL.Path == LeavePath && r.Method == http.MethodPost:
			c.SignOut(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// session returns who a request comes from: by the bearer token if it has one, otherwise by the cookie.
func (c *Client) session(r *http.Request) (*Session, error) {
	if s := From(r.Context()); s != nil {
		return s, nil
	}
	token := bearer(r)
	if token == "" {
		if cookie, err := r.Cookie(c.cookieName(sessionCookie)); err == nil {
			token = cookie.Value
		}
	}
	return c.Check(r.Context(), token)
}

func (c *Client) let(w http.ResponseWriter, r *http.Request, next http.Handler, conditions []Condition) {
	s, err := c.session(r)
	switch {
	case errors.Is(err, ErrNoSession):
		c.send(w, r, needs{}, notSignedIn)
		return
	case err != nil:
		if r.Context().Err() == nil {
			c.config.Log.WarnContext(r.Context(), "sallyport: somebody could not be let in", "cause", err)
		}
		c.refuse(w, r, unavailable)
		return
	}
	n, lacks := judge(s, c.memory.now(), conditions)
	switch {
	case lacks != "":
		c.refuse(w, r, refusal(http.StatusForbidden, CodeForbidden, "It takes "+lacks+"."))
	case n != needs{} && s.KeyID != "":
		c.refuse(w, r, refusal(http.StatusForbidden, CodeForbidden, "It takes a person: an API key proves nothing."))
	case n != needs{}:
		v := refusal(http.StatusForbidden, CodeStepUp, "It has to be proven anew who you are, or on a device that is trusted more.")
		v.StepUp = &StepUp{n.level, n.fresh}
		c.send(w, r, n, v)
	default:
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, s)))
	}
}

// send sends a browser to Sallyport, and refuses everybody else, and browsers that just came back from there with the
// same thing missing.
func (c *Client) send(w http.ResponseWriter, r *http.Request, n needs, v Refusal) {
	if c.config.Address == "" || !navigates(r) {
		c.refuse(w, r, v)
		return
	}
	if c.cameBack(w, r, n) {
		v.Again = localPath(r.URL.RequestURI())
		c.refuse(w, r, v)
		return
	}
	status, to := http.StatusFound, r.URL.RequestURI()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		status, to = http.StatusSeeOther, c.pageOf(r) // what was sent is lost: nobody sends it again in their name
	}
	secret := c.remind(w, r, n)
	q := n.query()
	q.Set("app", c.config.App)
	q.Set("to", c.config.Address+localPath(to))
	q.Set("state", stateOf(secret))
	redirect(w, status, c.config.Sallyport+"/apps/enter?"+q.Encode())
}

// pageOf returns the path of the page of the app that a form was sent from, or where it was sent to.
func (c *Client) pageOf(r *http.Request) string {
	if u, err := url.Parse(r.Referer()); err == nil && u.Host != "" && strings.EqualFold(u.Scheme+"://"+u.Host, c.config.Address) {
		return u.RequestURI()
	}
	return r.URL.RequestURI()
}

func redirect(w http.ResponseWriter, status int, to string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // what is in the address stays there
	h.Set("Location", to)
	w.WriteHeader(status)
}
