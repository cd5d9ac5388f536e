package kit

import (
	"net/http"
	"strings"
)

// BellView is the bell of the top bar: how much is unread.
type BellView struct {
	Count string `json:"count"` // "" for nothing
	Label string `json:"label"` // for those who do not see it

	PushKey string `json:"-"` // that this browser subscribes with; "" when push is off
	Who     string `json:"-"` // whose subscription a browser has: the user
	Session string `json:"-"` // and the session, with which it ends
	Renew   bool   `json:"-"` // the user has let this browser be told, in a session before this one or with another key
	Replace bool   `json:"-"` // what the browser may have subscribed to is somebody else's, or of another key
}

// mostShown is the largest number that the bell shows.
const mostShown = 99

// ViewBell says how many notices are unread.
func ViewBell(s Speaker, unread int) BellView {
	v := BellView{Label: s.T("notices.bell")}
	switch {
	case unread > mostShown:
		v.Count, v.Label = s.T("notices.more", "Count", s.Number(mostShown)), s.T("notices.bellMore", "Count", s.Number(mostShown))
	case unread > 0:
		v.Count, v.Label = s.Number(unread), s.N("notices.bellUnread", unread)
	}
	return v
}

// bell reads how much is unread.
func (p *Shell) bell(v *Visit) (*BellView, error) {
	if p.Unread == nil || p.PushKey == nil {
		return nil, nil
	}
	n, err := p.Unread(v.R.Context(), p.Actor(v))
	view := ViewBell(v.Speaker, n)
	view.PushKey, view.Who, view.Session = p.PushKey(), v.Checked.User.ID, v.Checked.Session.ID
	who, session, key := pushKept(v.R)
	same := who == view.Who && key == view.PushKey
	view.Renew, view.Replace = who == view.Who && !(same && session == view.Session), !same
	return &view, err
}

// KeepPush remembers that the user lets this browser be told by push. A subscription ends with its session; the
// page after the next sign-in makes another one. It is a cookie since what else a browser keeps goes when
// somebody signs out.
func (p *Shell) KeepPush(v *Visit) {
	p.prefer(v, pushCookie, strings.Join([]string{v.Checked.User.ID, v.Checked.Session.ID, p.PushKey()}, "."))
}

// ForgetPush forgets it.
func ForgetPush(v *Visit) {
	http.SetCookie(v.W, &http.Cookie{Name: pushCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// pushKept returns who let this browser be told, in which session and with which key.
func pushKept(r *http.Request) (who, session, key string) {
	c, err := r.Cookie(pushCookie)
	if err != nil {
		return "", "", ""
	}
	parts := append(strings.Split(c.Value, "."), "", "")
	return parts[0], parts[1], parts[2]
}
