package notify

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
)

// Mail is what a use wants told to one person.
type Mail struct {
	TenantID string
	UserID   string // "" for somebody without an account
	To       string // one address
	Kind     Kind
	Lang     string // BCP 47 tag, or an Accept-Language header; "" for English
	Zone     string // IANA name of the zone that times are written in; "" for UTC
	Data     Data
}

// Data is what the sentences of a mail speak of. The table of kinds says which
// parts a mail needs and which it may have.
type Data struct {
	Organisation string `json:"organisation"`   // name of the tenant
	Name         string `json:"name,omitempty"` // whom to greet; "" greets nobody

	// Where what happened came from. The place and the device may be unknown.
	At        time.Time            `json:"at,omitzero"`
	Place     sallyport.Location   `json:"place,omitzero"`
	Device    sallyport.DeviceInfo `json:"device,omitzero"`
	IPAddress string               `json:"ipAddress,omitempty"` // "" where policy masks it

	Attempts  int       `json:"attempts,omitempty"` // failed ones that led to a lock
	Until     time.Time `json:"until,omitzero"`     // when a lock ends
	OldEmail  string    `json:"oldEmail,omitempty"`
	NewEmail  string    `json:"newEmail,omitempty"`
	InvitedBy string    `json:"invitedBy,omitempty"` // name of the person

	Link      string    `json:"link,omitempty"`     // what the mail's button opens
	LinkUntil time.Time `json:"linkUntil,omitzero"` // when it stops working
	NotMe     string    `json:"notMe,omitempty"`    // what "This wasn't me" opens
}

// Field is a part of Data that some kinds need and others do not know.
type Field string

// Fields.
const (
	Origin    Field = "at"
	Attempts  Field = "attempts"
	Until     Field = "until"
	OldEmail  Field = "oldEmail"
	NewEmail  Field = "newEmail"
	InvitedBy Field = "invitedBy"
	Link      Field = "link" // with LinkUntil
	NotMe     Field = "notMe"
)

// fields returns the parts that d has.
func (d Data) fields() []Field {
	var has []Field
	add := func(f Field, is bool) {
		if is {
			has = append(has, f)
		}
	}
	add(Origin, !d.At.IsZero())
	add(Attempts, d.Attempts > 0)
	add(Until, !d.Until.IsZero())
	add(OldEmail, d.OldEmail != "")
	add(NewEmail, d.NewEmail != "")
	add(InvitedBy, d.InvitedBy != "")
	add(Link, d.Link != "" && !d.LinkUntil.IsZero())
	add(NotMe, d.NotMe != "")
	return has
}

// check refuses a mail that its kind's row does not allow, or that could be
// delivered to somebody else or lead somewhere else than it says. It returns the
// mail with its addresses in their proper form.
func (m Mail) check() (Mail, Row, error) {
	row, ok := known[m.Kind]
	if !ok {
		return m, row, fmt.Errorf("notify: there is no mail of kind %q", m.Kind)
	}
	has := m.Data.fields()
	for _, f := range row.Needs {
		if !slices.Contains(has, f) {
			return m, row, fmt.Errorf("notify: a mail of kind %q needs %q", m.Kind, f)
		}
	}
	for _, f := range has {
		if !slices.Contains(row.Needs, f) && !slices.Contains(row.May, f) {
			return m, row, fmt.Errorf("notify: a mail of kind %q has no place for %q", m.Kind, f)
		}
	}
	if m.TenantID == "" || plain(m.Data.Organisation) == "" {
		return m, row, fmt.Errorf("notify: a mail of kind %q needs the organisation it speaks for", m.Kind)
	}
	for name, address := range map[string]*string{"to": &m.To, "oldEmail": &m.Data.OldEmail, "newEmail": &m.Data.NewEmail} {
		if *address == "" && name != "to" {
			continue
		}
		one, err := email.Parse(name, *address)
		if err != nil {
			return m, row, fmt.Errorf("notify: mail of kind %q: %w", m.Kind, err)
		}
		*address = one
	}
	for _, link := range []string{m.Data.Link, m.Data.NotMe} {
		if link != "" && !openable(link) {
			return m, row, errors.New("notify: a link in a mail must be a whole http or https address") // it holds a token: not shown
		}
	}
	return m, row, nil
}

// openable reports whether a link is one that a mail program lets people open.
func openable(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
