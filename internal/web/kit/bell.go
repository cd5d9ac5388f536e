package kit

// BellView is the bell of the top bar: how much is unread.
type BellView struct {
	Count string `json:"count"` // "" for nothing
	Label string `json:"label"` // for those who do not see it

	PushKey string `json:"-"` // that this browser subscribes with; "" when push is off
	Who     string `json:"-"` // whose subscription a browser has: the user
	Session string `json:"-"` // and the session, with which it ends
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
	return &view, err
}
