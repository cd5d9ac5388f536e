package notify

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/message"
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

	Attempts  int       `json:"attempts,omitempty"`  // failed ones that led to a lock
	Until     time.Time `json:"until,omitzero"`      // when a lock ends
	InvitedBy string    `json:"invitedBy,omitempty"` // name of the person

	Link      string    `json:"link,omitempty"`     // what the mail's button opens
	LinkUntil time.Time `json:"linkUntil,omitzero"` // when it stops working
	NotMe     string    `json:"notMe,omitempty"`    // what "This wasn't me" opens
	Mine      string    `json:"mine,omitempty"`     // what "It was me" opens

	Code      string    `json:"code,omitempty"`     // 6 to 10 digits
	CodeUntil time.Time `json:"codeUntil,omitzero"` // when it stops working; it is not sent any more then

	Method     string   `json:"method,omitempty"`     // one of the sallyport.Method constants
	FactorName string   `json:"factorName,omitempty"` // what the user calls it
	Remaining  *int     `json:"remaining,omitempty"`  // backup codes that are left, 0 included
	ByAdmin    bool     `json:"byAdmin,omitempty"`    // an admin did it: nothing is said of where from
	DeviceName string   `json:"deviceName,omitempty"` // in words, such as "Firefox on Linux"
	Reasons    []string `json:"reasons,omitempty"`    // why it was noticed: a sentence each, in the reader's language
	Person     string   `json:"person,omitempty"`     // whom it is about, where that is not the reader: their address, or a name
}

// Field is a part of Data that some kinds need and others do not know.
type Field string

// Fields.
const (
	Origin    Field = "at"
	Attempts  Field = "attempts"
	Until     Field = "until"
	InvitedBy Field = "invitedBy"
	Link      Field = "link" // with LinkUntil
	NotMe     Field = "notMe"

	Mine       Field = "mine"
	Code       Field = "code" // with CodeUntil
	Method     Field = "method"
	FactorName Field = "factorName"
	Remaining  Field = "remaining"
	ByAdmin    Field = "byAdmin"
	DeviceName Field = "deviceName"
	Reasons    Field = "reasons"
	Person     Field = "person"
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
	add(InvitedBy, d.InvitedBy != "")
	add(Link, d.Link != "" && !d.LinkUntil.IsZero())
	add(NotMe, d.NotMe != "")
	add(Mine, d.Mine != "")
	add(Code, d.Code != "" && !d.CodeUntil.IsZero())
	add(Method, d.Method != "")
	add(FactorName, d.FactorName != "")
	add(Remaining, d.Remaining != nil)
	add(ByAdmin, d.ByAdmin)
	add(DeviceName, d.DeviceName != "")
	add(Reasons, len(d.Reasons) > 0)
	add(Person, d.Person != "")
	return has
}

// check refuses a mail that its kind's row does not allow, or that could be
// delivered to somebody else or lead somewhere else than it says. It returns the
// mail with its address in the proper form.
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
	to, err := email.Parse("to", m.To)
	if err != nil {
		return m, row, fmt.Errorf("notify: mail of kind %q: %w", m.Kind, err)
	}
	m.To = to
	if from := (sallyport.Client{IPAddress: m.Data.IPAddress, Info: m.Data.Device, Location: m.Data.Place}); row.OnlyTime(m.Data) && from != (sallyport.Client{}) {
		return m, row, fmt.Errorf("notify: a mail of kind %q does not say where an admin was", m.Kind)
	}
	if m.Data.Code != "" && !codeLike.MatchString(m.Data.Code) {
		return m, row, fmt.Errorf("notify: the code of a mail of kind %q is not 6 to 10 digits", m.Kind) // not shown
	}
	if m.Data.Method != "" && !message.For("").Has(methodWords(m.Data.Method)) {
		return m, row, fmt.Errorf("notify: a mail of kind %q has a method without words", m.Kind)
	}
	for _, link := range m.Data.links() {
		if !openable(link) {
			return m, row, errors.New("notify: a link in a mail must be a whole http or https address") // it holds a token: not shown
		}
	}
	return m, row, nil
}

// codeLike matches the codes that are sent.
var codeLike = regexp.MustCompile(`^[0-9]{6,10}$`)

// links returns the links that d has.
func (d Data) links() []string {
	return slices.DeleteFunc([]string{d.Link, d.NotMe, d.Mine}, func(l string) bool { return l == "" })
}

// openable reports whether a link is one that a mail program lets people open.
func openable(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
