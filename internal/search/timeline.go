package search

import (
	"context"
	"net/netip"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
)

// About says what a timeline is about: one of these.
type About struct {
	UserID, SessionID, DeviceID string
	Network                     netip.Prefix
}

// Entry is one thing that happened: an attempt to sign in, or an event of another kind.
type Entry struct {
	At      time.Time
	Event   *sallyport.Event
	Attempt *sallyport.Attempt
}

// Timeline is a part of what happened, the newest first.
type Timeline struct {
	Entries []Entry
	Next    string                    // cursor of the part before it; "" on the last
	People  map[string]sallyport.User // whom the entries are about, by id
	Lacks   []access.Permission
}

// entries are how many one part of a timeline has at most.
const entries = 50

// Timeline returns a part of what happened to or at something; cursor is Next of the part after
// it. It needs users.view, for a network sessions.view besides, without which attempts are left
// out. CodeInvalid when about is about nothing, and for a cursor of another timeline.
func (s *Service) Timeline(ctx context.Context, actor sallyport.Actor, about About, cursor string) (Timeline, error) {
	var out Timeline
	if about == (About{}) {
		return out, sallyport.Invalid(sallyport.FieldError{Field: "about", Code: "required"})
	}
	if err := NeedView.ToLook(actor); err != nil {
		return out, err
	}
	mayPlaces := session.NeedView.ToLook(actor)
	if mayPlaces != nil && about.Network.IsValid() {
		return out, mayPlaces
	}
	var sources []*source
	of := about.ofAttempts()
	if of != nil && mayPlaces == nil {
		sources = append(sources, s.attempts(ctx, actor, of))
	}
	sources = append(sources, s.events(ctx, actor, about.ofEvents(), len(sources) > 0))
	if mayPlaces != nil {
		out.Lacks = append(out.Lacks, access.SessionsView)
	}
	if err := out.read(sources, cursor); err != nil {
		return out, err
	}
	return out, s.name(ctx, actor, &out)
}

// read tells the sources from a cursor on. Where nothing is left of what was read, it reads on for
// a while.
func (t *Timeline) read(sources []*source, cursor string) (err error) {
	t.Next = cursor
	for range 5 {
		if t.Entries, t.Next, err = merged(sources, t.Next); err != nil || len(t.Entries) > 0 || t.Next == "" {
			break
		}
	}
	return err
}

// name adds whom the entries are about.
func (s *Service) name(ctx context.Context, actor sallyport.Actor, t *Timeline) error {
	t.People = map[string]sallyport.User{}
	for _, e := range t.Entries {
		id := ""
		if e.Event != nil {
			id = e.Event.UserID
		} else {
			id = e.Attempt.UserID
		}
		if _, known := t.People[id]; known || id == "" {
			continue
		}
		u, err := s.Acts.User(ctx, actor.TenantID, id)
		if missing(err) != nil {
			return err
		}
		if err == nil {
			t.People[id] = u
		}
	}
	return nil
}

// ofEvents returns the filter for the events about something.
func (a About) ofEvents() url.Values {
	switch {
	case a.UserID != "":
		return url.Values{"userId": {a.UserID}}
	case a.SessionID != "":
		return url.Values{"sessionId": {a.SessionID}}
	case a.DeviceID != "":
		return url.Values{"targetId": {a.DeviceID}}
	}
	return url.Values{"ip": {a.Network.String()}}
}

// ofAttempts returns the filter for attempts about something. nil for a session: events tell how
// it began.
func (a About) ofAttempts() url.Values {
	switch {
	case a.UserID != "":
		return url.Values{"userId": {a.UserID}}
	case a.DeviceID != "":
		return url.Values{"deviceId": {a.DeviceID}}
	case a.Network.IsValid():
		return url.Values{"ip": {a.Network.String()}}
	}
	return nil
}

// attempts is the source of attempts that fit filters.
func (s *Service) attempts(ctx context.Context, actor sallyport.Actor, filters url.Values) *source {
	return &source{table: list.Attempts, filters: filters, read: func(q list.Query) ([]Entry, string, error) {
		found, err := s.Accounts.ListAttempts(ctx, actor, q)
		rows := make([]Entry, len(found.Rows))
		for i, a := range found.Rows {
			rows[i] = Entry{At: a.CreatedAt, Attempt: &found.Rows[i]}
		}
		return rows, found.Next, err
	}}
}

// events is the source of events that fit filters. Where attempts are told besides, those of
// sign-ins are blank.
func (s *Service) events(ctx context.Context, actor sallyport.Actor, filters url.Values, tried bool) *source {
	return &source{table: list.Events, filters: filters, read: func(q list.Query) ([]Entry, string, error) {
		found, err := s.Audit.About(ctx, actor, q)
		rows := make([]Entry, len(found.Rows))
		for i, e := range found.Rows {
			rows[i].At = e.CreatedAt
			if kind := audit.Kind(e.Kind); kind != "" && (!tried || kind != audit.SignedIn && kind != audit.SignInFailed) {
				rows[i].Event = &found.Rows[i]
			}
		}
		return rows, found.Next, err
	}}
}

// Visitor is somebody whose sessions began at a place.
type Visitor struct {
	User     sallyport.User
	Sessions int
	Last     time.Time // when the last one began
}

// visits are of how many sessions the visitors are counted.
const visits = 500

// Visitors returns whose sessions began in a network, the last first, among the newest 500
// sessions there; all says whether these are all. It needs sessions.view and users.view.
func (s *Service) Visitors(ctx context.Context, actor sallyport.Actor, n netip.Prefix) (who []Visitor, all bool, err error) {
	for _, need := range []act.Need{NeedView, session.NeedView} {
		if err := need.ToLook(actor); err != nil {
			return nil, false, err
		}
	}
	q, err := list.Sessions.Parse(url.Values{"ip": {n.String()}})
	if err != nil {
		return nil, false, err
	}
	q.Limit = visits
	found, err := s.Sessions.List(ctx, actor, q)
	if err != nil {
		return nil, false, err
	}
	at := map[string]int{}
	for _, v := range found.Rows {
		i, known := at[v.UserID]
		if !known {
			p, err := s.Accounts.Person(ctx, actor, v.UserID)
			if err != nil {
				return nil, false, err
			}
			i = len(who)
			at[v.UserID] = i
			who = append(who, Visitor{User: p.User, Last: v.CreatedAt})
		}
		who[i].Sessions++
	}
	return who, found.Next == "", nil
}
