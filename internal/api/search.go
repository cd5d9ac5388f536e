package api

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/search"
)

func (e *edge) addSearch() {
	find := get("search", "/search", "What a text leads to", http.StatusUnprocessableEntity)
	find.Description = "Up to ten of each kind. Sessions, devices and whose phone number it is are found with their permissions; what the caller lacks is named."
	handle(e, find.needs(search.NeedView), e.search)

	line := get("getTimeline", "/timeline", "What happened around a person, a session, a device or a network, the newest first", http.StatusUnprocessableEntity)
	line.Description = "Events and attempts to sign in. Give one of userId, sessionId, deviceId and ip. A network, and attempts, take sessions.view, too."
	handle(e, line.needs(search.NeedView), e.timeline)

	visitors := get("listVisitors", "/visitors", "Whose sessions began in a network, the last first", http.StatusUnprocessableEntity)
	visitors.Description = "Among the newest 500 sessions there. It needs sessions.view, too."
	handle(e, visitors.needs(search.NeedView), e.listVisitors)
}

type searchInput struct {
	Text string `query:"q" maxLength:"200" doc:"Words of a name or an e-mail address, an id, an IP address or range, or a phone number with its +."`
}

type searchOutput struct {
	Body struct {
		Kind     search.Kind         `json:"kind" enum:"words,id,network,phone" doc:"What the text was read as."`
		Users    []userRecord        `json:"users" nullable:"false"`
		Sessions []sessionRecord     `json:"sessions" nullable:"false"`
		Devices  []deviceRecord      `json:"devices" nullable:"false"`
		More     bool                `json:"more" doc:"There is more of something: ask its list."`
		Lacks    []access.Permission `json:"lacks" nullable:"false" doc:"Permissions without which a part is left out."`
	} `nameHint:"SearchResult"`
}

func (e *edge) search(ctx context.Context, in *searchInput) (*searchOutput, error) {
	found, err := e.Search.Find(ctx, e.actor(ctx), in.Text)
	if err != nil {
		return nil, err
	}
	var out searchOutput
	b := &out.Body
	b.Kind, b.More, b.Lacks = found.Kind, found.More, append([]access.Permission{}, found.Lacks...)
	b.Users, b.Sessions, b.Devices = each(found.People, showUser), each(found.Sessions, e.showSession(ctx)), each(found.Devices, showDevice)
	return &out, nil
}

type timelineInput struct {
	UserID    string `query:"userId" maxLength:"64" doc:"Around this user."`
	SessionID string `query:"sessionId" maxLength:"64" doc:"In this session, or about it."`
	DeviceID  string `query:"deviceId" maxLength:"64" doc:"Around this device."`
	IP        string `query:"ip" maxLength:"64" doc:"An IP address, or a range such as 192.0.2.0/24."`
	Cursor    string `query:"cursor" maxLength:"520" doc:"nextCursor of the part before, asked for with the same filter."`
}

// about returns what a timeline is about. Exactly one of its parameters has to be given.
func (in *timelineInput) about() (search.About, error) {
	n := 0
	for _, given := range []string{in.UserID, in.SessionID, in.DeviceID, in.IP} {
		if given != "" {
			n++
		}
	}
	if n != 1 {
		return search.About{}, sallyport.Invalid(sallyport.FieldError{Field: "userId", Code: "one_of"})
	}
	about := search.About{UserID: in.UserID, SessionID: in.SessionID, DeviceID: in.DeviceID}
	var err error
	if in.IP != "" {
		about.Network, err = networkOf(in.IP)
	}
	return about, err
}

func networkOf(text string) (netip.Prefix, error) {
	n, ok := list.ParseNetwork(text)
	if !ok {
		return n, sallyport.Invalid(sallyport.FieldError{Field: "ip", Code: "invalid_network"})
	}
	return n, nil
}

// entryRecord is one thing of a timeline.
type entryRecord struct {
	At      time.Time      `json:"at"`
	Event   *eventRecord   `json:"event,omitempty"`
	Attempt *attemptRecord `json:"attempt,omitempty"`
}

type timelineOutput struct {
	Body struct {
		Items      []entryRecord       `json:"items" nullable:"false"`
		NextCursor *string             `json:"nextCursor" doc:"Of the part before; null on the last one."`
		Lacks      []access.Permission `json:"lacks" nullable:"false" doc:"Permissions without which a part is left out."`
	} `nameHint:"Timeline"`
}

func (e *edge) timeline(ctx context.Context, in *timelineInput) (*timelineOutput, error) {
	about, err := in.about()
	if err != nil {
		return nil, err
	}
	line, err := e.Search.Timeline(ctx, e.actor(ctx), about, in.Cursor)
	if err != nil {
		return nil, err
	}
	var out timelineOutput
	out.Body.Lacks = append([]access.Permission{}, line.Lacks...)
	out.Body.Items = each(line.Entries, func(v search.Entry) entryRecord {
		r := entryRecord{At: v.At.UTC()}
		if v.Event != nil {
			event := showEvent(*v.Event)
			r.Event = &event
		} else {
			attempt := showAttempt(*v.Attempt)
			r.Attempt = &attempt
		}
		return r
	})
	if line.Next != "" {
		out.Body.NextCursor = &line.Next
	}
	return &out, nil
}

type visitorsInput struct {
	IP string `query:"ip" maxLength:"64" doc:"An IP address, or a range such as 192.0.2.0/24."`
}

// visitorRecord is somebody whose sessions began in a network.
type visitorRecord struct {
	User          userRecord `json:"user"`
	Sessions      int        `json:"sessions" minimum:"1"`
	LastSessionAt time.Time  `json:"lastSessionAt" doc:"When the last one began."`
}

type visitorsOutput struct {
	Body struct {
		Items    []visitorRecord `json:"items" nullable:"false"`
		Complete bool            `json:"complete" doc:"No older session of the network was left out."`
	} `nameHint:"Visitors"`
}

func (e *edge) listVisitors(ctx context.Context, in *visitorsInput) (*visitorsOutput, error) {
	n, err := networkOf(in.IP)
	if err != nil {
		return nil, err
	}
	who, all, err := e.Search.Visitors(ctx, e.actor(ctx), n)
	var out visitorsOutput
	out.Body.Complete = all
	out.Body.Items = each(who, func(v search.Visitor) visitorRecord {
		return visitorRecord{User: showUser(v.User), Sessions: v.Sessions, LastSessionAt: v.Last.UTC()}
	})
	return &out, err
}
