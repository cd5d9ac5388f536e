// Package search finds people, sessions, devices and networks by what an admin has in hand, and
// tells what happened around each of them in the order of time.
//
//	text ─ read ─ an address or network, an id, a phone number, or words ─ Find
//	about one of them ─ events and attempts, merged ─ Timeline
//	                  └ whose sessions began there ─ Visitors
//
// Each part is asked of the use that it belongs to, which decides who may see it. What the actor
// lacks the permission for is left out and named.
package search

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/session"
)

// Uses are what a search asks.
type Uses struct {
	Acts     *act.Runner
	Accounts *account.Service
	Sessions *session.Service
	Devices  *device.Service
	Audit    *audit.Log
}

// Service searches for the admins of all tenants.
type Service struct{ Uses }

// New returns a service.
func New(u Uses) *Service { return &Service{u} }

// Kind is what a text was read as.
type Kind string

// Kinds.
const (
	Words   Kind = "words"   // of a name or an e-mail address
	ID      Kind = "id"      // of a person, session or device
	Network Kind = "network" // an IP address, or a range such as 192.0.2.0/24
	Phone   Kind = "phone"   // in international form
)

// Found is what a search found.
type Found struct {
	Kind     Kind
	Network  netip.Prefix // what was searched for, of the kind Network
	People   []sallyport.User
	Sessions []sallyport.Session
	Devices  []device.Device
	Owners   map[string]sallyport.User // of the sessions and devices, by id
	More     bool                      // there is more of something than is shown; the lists have all
	// Lacks are the permissions without which some of it is not shown.
	Lacks []access.Permission
}

const (
	shown    = 10 // of each kind
	longest  = 200
	shortest = 2
)

// NeedView is what a search takes. What it finds of sessions, devices and second factors takes
// their permissions besides.
var NeedView = account.NeedView

// Find returns what a text leads to. It needs users.view. CodeInvalid for a text that is too
// short or too long, or no text.
func (s *Service) Find(ctx context.Context, actor sallyport.Actor, text string) (Found, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return Found{}, err
	}
	text = strings.TrimSpace(text)
	switch {
	case len([]rune(text)) < shortest:
		return Found{}, sallyport.Invalid(sallyport.FieldError{Field: "q", Code: "too_short", Args: map[string]string{"min": "2"}})
	case len(text) > longest:
		return Found{}, sallyport.Invalid(sallyport.FieldError{Field: "q", Code: "too_long", Args: map[string]string{"max": "200"}})
	}
	f := finding{Service: s, actor: actor}
	f.Kind, f.Network = read(text)
	var err error
	switch f.Kind {
	case Network:
		err = f.network(ctx)
	case ID:
		err = f.id(ctx, text)
	case Phone:
		err = f.phone(ctx, text)
	default:
		err = f.words(ctx, text)
	}
	if err == nil {
		err = f.owners(ctx)
	}
	return f.Found, err
}

// read returns what a text is.
func read(text string) (Kind, netip.Prefix) {
	if p, ok := list.ParseNetwork(text); ok {
		return Network, p
	}
	if _, err := factor.ParsePhone("q", text, ""); err == nil && strings.HasPrefix(text, "+") {
		return Phone, netip.Prefix{}
	}
	if looksLikeID(text) {
		return ID, netip.Prefix{}
	}
	return Words, netip.Prefix{}
}

// looksLikeID reports whether a text has the form of our ids, which are UUIDs.
func looksLikeID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range text {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return false
		}
	}
	return true
}

// finding is one search under way.
type finding struct {
	*Service
	Found
	actor sallyport.Actor
}

// may reports whether the actor may see a part, and notes what they lack.
func (f *finding) may(n act.Need) bool {
	if n.ToLook(f.actor) == nil {
		return true
	}
	f.Lacks = append(f.Lacks, n.Permission)
	return false
}

func (f *finding) words(ctx context.Context, text string) error {
	q, err := list.Users.Parse(url.Values{"q": {text}})
	if err != nil {
		return refused(err)
	}
	q.Limit = shown
	found, err := f.Accounts.List(ctx, f.actor, q)
	f.People, f.More = found.Rows, found.Next != ""
	return err
}

func (f *finding) phone(ctx context.Context, text string) error {
	mayFactors := f.may(act.Need{Permission: access.MFAView})
	number, err := factor.ParsePhone("q", text, "")
	if err != nil || !mayFactors {
		return err
	}
	ids, err := f.Acts.UsersByPhone(ctx, f.actor.TenantID, number, shown)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		if err := f.person(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (f *finding) person(ctx context.Context, id string) error {
	p, err := f.Accounts.Person(ctx, f.actor, id)
	if err == nil {
		f.People = append(f.People, p.User)
	}
	return missing(err)
}

// id looks for the one thing that has an id.
func (f *finding) id(ctx context.Context, text string) error {
	text = strings.ToLower(text)
	if err := f.person(ctx, text); err != nil {
		return err
	}
	if f.may(session.NeedView) {
		v, err := f.Uses.Sessions.Get(ctx, f.actor, text)
		if err == nil {
			f.Found.Sessions = append(f.Found.Sessions, v)
		}
		if missing(err) != nil {
			return err
		}
	}
	if f.may(device.NeedView) {
		d, err := f.Uses.Devices.Get(ctx, f.actor, text)
		if err == nil {
			f.Found.Devices = append(f.Found.Devices, d)
		}
		return missing(err)
	}
	return nil
}

// network looks for whose sessions began in a network, and which devices were last used there.
func (f *finding) network(ctx context.Context) error {
	if f.may(session.NeedView) {
		q, err := list.Sessions.Parse(url.Values{"ip": {f.Network.String()}})
		if err != nil {
			return err
		}
		q.Limit = shown
		found, err := f.Uses.Sessions.List(ctx, f.actor, q)
		if err != nil {
			return err
		}
		f.Found.Sessions, f.More = found.Rows, found.Next != ""
	}
	if f.may(device.NeedView) {
		q, err := list.Devices.Parse(url.Values{"ip": {f.Network.String()}})
		if err != nil {
			return err
		}
		q.Limit = shown
		found, err := f.Uses.Devices.List(ctx, f.actor, q)
		if err != nil {
			return err
		}
		f.Found.Devices, f.More = found.Rows, f.More || found.Next != ""
	}
	return nil
}

// owners adds whose the sessions and devices are.
func (f *finding) owners(ctx context.Context) (err error) {
	var ids []string
	for _, v := range f.Found.Sessions {
		ids = append(ids, v.UserID)
	}
	for _, d := range f.Found.Devices {
		ids = append(ids, d.UserID)
	}
	f.Owners, err = f.Accounts.Names(ctx, f.actor, ids)
	return err
}

// missing drops that something does not exist.
func missing(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return nil
	}
	return err
}
