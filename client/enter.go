package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Cookies of the app's host. Where it is reached over https their names begin with __Host-, so that no other host of
// the domain sets them.
const (
	sessionCookie = "sallyport_app"
	stateCookie   = "sallyport_state" // the secret of the browser that was sent to Sallyport
	askedCookie   = "sallyport_asked" // what it was sent there for; with a ! in front once it came back
)

const (
	exchangePath = "/api/v1/app-sessions"
	stateFor     = 15 * time.Minute // that a sign-in may take
	backFor      = 20 * time.Second // in which a browser that came back is not sent again for the same thing
	cameBackMark = "!"
	secretLength = 32
)

func (c *Client) secure() bool { return strings.HasPrefix(c.config.Address, "https://") }

func (c *Client) cookieName(name string) string {
	if c.secure() {
		return "__Host-" + name
	}
	return name
}

// set sets a cookie until a time from now; 0 for as long as the browser is open, less to delete it.
func (c *Client) set(w http.ResponseWriter, name, value string, lasts time.Duration) {
	age := int(lasts / time.Second)
	if lasts < 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: c.cookieName(name), Value: value, Path: "/", MaxAge: age, Secure: c.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (c *Client) cookie(r *http.Request, name string) string {
	v, err := r.Cookie(c.cookieName(name))
	if err != nil {
		return ""
	}
	return v.Value
}

// remind notes in the browser what it is sent to Sallyport for, and returns its secret. One that is in other tabs on its
// way there already keeps the secret it has.
func (c *Client) remind(w http.ResponseWriter, r *http.Request, n needs) string {
	secret := c.cookie(r, stateCookie)
	if raw, err := base64.RawURLEncoding.DecodeString(secret); err != nil || len(raw) != secretLength {
		fresh := make([]byte, secretLength)
		_, _ = rand.Read(fresh) // it never fails
		secret = base64.RawURLEncoding.EncodeToString(fresh)
	}
	c.set(w, stateCookie, secret, stateFor)
	c.set(w, askedCookie, asked(n), stateFor)
	return secret
}

// asked is what the cookie says of needs.
func asked(n needs) string { return "for." + strings.ReplaceAll(n.query().Encode(), "&", ".") }

// cameBack reports whether a browser came back a moment ago from where it was sent for the same thing. The next time it
// is sent again.
func (c *Client) cameBack(w http.ResponseWriter, r *http.Request, n needs) bool {
	if c.cookie(r, askedCookie) != cameBackMark+asked(n) {
		return false
	}
	c.set(w, askedCookie, "", -1)
	return true
}

func stateOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// enter lets a browser in that comes back from Sallyport: a code that only this browser can use becomes its session.
func (c *Client) enter(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	to, secret := localPath(q.Get("to")), c.cookie(r, stateCookie)
	failed := refusal(http.StatusBadRequest, CodeEnterFailed, "Signing in did not work: it took too long, was done in another browser, or cookies are off.")
	failed.Again = to
	if secret == "" || subtle.ConstantTimeCompare([]byte(stateOf(secret)), []byte(q.Get("state"))) != 1 {
		if _, err := c.session(r); err == nil { // another tab was faster
			redirect(w, http.StatusSeeOther, to)
			return
		}
		c.refuse(w, r, failed)
		return
	}
	token, ends, err := c.exchange(r.Context(), q.Get("code"), secret)
	switch {
	case err != nil:
		v := unavailable
		v.Again = to
		c.refuse(w, r, v)
		return
	case token == "":
		c.refuse(w, r, failed)
		return
	}
	lasts := time.Duration(0)
	if !ends.IsZero() {
		lasts = max(time.Until(ends), time.Second)
	}
	c.set(w, sessionCookie, token, lasts)
	c.set(w, stateCookie, "", -1)
	if was := c.cookie(r, askedCookie); was != "" {
		c.set(w, askedCookie, cameBackMark+strings.TrimPrefix(was, cameBackMark), backFor)
	}
	redirect(w, http.StatusSeeOther, to)
}

// exchange gets a token for a code, "" where Sallyport refuses it. It is not given up with the request: the code is
// used then.
func (c *Client) exchange(ctx context.Context, code, secret string) (token string, ends time.Time, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.config.Timeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"code": code, "state": secret})
	if err != nil {
		return "", ends, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.Sallyport+exchangePath, bytes.NewReader(body))
	if err != nil {
		return "", ends, err
	}
	r.Header.Set("Content-Type", "application/json")
	answered, err := c.http.Do(r)
	if err != nil {
		return "", ends, ErrUnavailable
	}
	defer answered.Body.Close() //nolint:errcheck // it was read
	if answered.StatusCode >= 400 && answered.StatusCode < 500 && answered.StatusCode != http.StatusTooManyRequests {
		return "", ends, nil
	}
	var v struct {
		Token     string    `json:"token"`
		ExpiresAt time.Time `json:"expiresAt"`
	}
	text, err := io.ReadAll(io.LimitReader(answered.Body, maxAnswer))
	if err != nil || answered.StatusCode != http.StatusCreated || json.Unmarshal(text, &v) != nil || !sendable(v.Token) {
		return "", ends, ErrUnavailable
	}
	return v.Token, v.ExpiresAt, nil
}

// SignOut ends the session of a browser at the app, by deleting its cookie, and leads to Sallyport, where the person can
// end more. The middleware answers POST to [LeavePath] with it. Pages of other sites are refused.
func (c *Client) SignOut(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || http.NewCrossOriginProtection().Check(r) != nil {
		c.refuse(w, r, refusal(http.StatusForbidden, CodeCrossOrigin, "Signing out is a POST from a page of this app."))
		return
	}
	c.set(w, sessionCookie, "", -1)
	redirect(w, http.StatusSeeOther, c.config.Sallyport+"/")
}

// localPath returns a path with its query if it is one of this host, "/" for anything that a browser could take for
// another place.
func localPath(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, EnterPath) {
		return "/"
	}
	for _, r := range to {
		if r == '\\' || r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return "/"
		}
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return "/"
	}
	return u.RequestURI()
}
