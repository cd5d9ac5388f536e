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

// Mail is a mail to one person.
type Mail struct {
	TenantID string
	UserID   string // "" for a person without an account
	To       string // one address
	Kind     Kind
	Lang     string // BCP 47 tag, or an Accept-Language header; "" for English
	Zone     string // IANA name of the time zone for its times; "" for UTC
	Data     Data
}

// Data is the data for the texts of a mail. The table of kinds says which parts a mail
// needs and which it may have.
type Data struct {
	Organisation string `json:"organisation"`   // name of the tenant
	Name         string `json:"name,omitempty"` // whom to greet; "" for no name

	// Where the event came from. Place and device may be unknown.
	At        time.Time            `json:"at,omitzero"`
	Place     sallyport.Location   `json:"place,omitzero"`
	Device    sallyport.DeviceInfo `json:"device,omitzero"`
	IPAddress string               `json:"ipAddress,omitempty"` // "" where policy masks it

	Attempts  int       `json:"attempts,omitempty"`  // failed tries that led to a lock
	Until     time.Time `json:"until,omitzero"`      // when a lock ends
	InvitedBy string    `json:"invitedBy,omitempty"` // name of the inviting person

	Link      string    `json:"link,omitempty"`     // address behind the mail's button
	LinkUntil time.Time `json:"linkUntil,omitzero"` // when Link expires
	NotMe     string    `json:"notMe,omitempty"`    // address behind "This wasn't me"
	Mine      string    `json:"mine,omitempty"`     // address behind "It was me"

	Code      string    `json:"code,omitempty"`     // 6 to 10 digits
	CodeUntil time.Time `json:"codeUntil,omitzero"` // when it expires; the mail is not sent after that

	Method       string `json:"method,omitempty"`       // one of the sallyport.Method constants
	FactorName   string `json:"factorName,omitempty"`   // the user's name for the factor
	KeyName      string `json:"keyName,omitempty"`      // the user's name for an API key
	ChannelName  string `json:"channelName,omitempty"`  // what admins call a chat that is told what happens
	WebhookName  string `json:"webhookName,omitempty"`  // what admins call a program that is sent events
	ProviderName string `json:"providerName,omitempty"` // what admins call an identity provider
	Remaining    *int   `json:"remaining,omitempty"`    // unused backup codes; 0 is shown too
	ByAdmin      bool   `json:"byAdmin,omitempty"`      // an admin did it: the mail does not say from where
	Person       string `json:"person,omitempty"`       // the address or name of the person it is about, if not the reader

	Role     string `json:"role,omitempty"`     // a built-in role, which the mail names in its language
	RoleName string `json:"roleName,omitempty"` // or the name of one that the organisation made
	Page     string `json:"page,omitempty"`     // address behind the mail's button, of a page to sign in to

	Address string `json:"address,omitempty"` // an e-mail address that the mail is about

	DeviceName string                `json:"deviceName,omitempty"` // its owner's name for the device it is about
	DeviceInfo *sallyport.DeviceInfo `json:"deviceInfo,omitempty"` // what describes a device without a name
	Why        Why                   `json:"why,omitzero"`

	Figures []Figure `json:"figures,omitempty"` // of the organisation
	Tasks   []Task   `json:"tasks,omitempty"`   // what needs the reader of Figures, the most urgent first
}

// Why says why something was noticed. The mail says it in the language of its reader.
type Why struct {
	Words    string              `json:"words,omitempty"` // what a person wrote
	Findings []sallyport.Finding `json:"findings,omitempty"`
	By       string              `json:"by,omitempty"` // who noticed it: system, user or admin; said when nothing else is
}

// Field names a part of Data.
type Field string

// Fields.
const (
	Origin    Field = "at"
	Attempts  Field = "attempts"
	Until     Field = "until"
	InvitedBy Field = "invitedBy"
	Link      Field = "link" // with LinkUntil
	NotMe     Field = "notMe"

	Mine         Field = "mine"
	Code         Field = "code" // with CodeUntil
	Address      Field = "address"
	Method       Field = "method"
	FactorName   Field = "factorName"
	KeyName      Field = "keyName"
	ChannelName  Field = "channelName"
	WebhookName  Field = "webhookName"
	ProviderName Field = "providerName"
	Remaining    Field = "remaining"
	ByAdmin      Field = "byAdmin"
	DeviceName   Field = "deviceName"
	Reasons      Field = "reasons"
	Person       Field = "person"
	Role         Field = "role" // or RoleName
	Page         Field = "page" // in the place of Link
	Figures      Field = "figures"
	Tasks        Field = "tasks"
)

// fields returns the parts that are set.
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
	add(Address, d.Address != "")
	add(Method, d.Method != "")
	add(FactorName, d.FactorName != "")
	add(KeyName, d.KeyName != "")
	add(ChannelName, d.ChannelName != "")
	add(WebhookName, d.WebhookName != "")
	add(ProviderName, d.ProviderName != "")
	add(Remaining, d.Remaining != nil)
	add(ByAdmin, d.ByAdmin)
	add(DeviceName, d.DeviceName != "" || d.DeviceInfo != nil)
	add(Reasons, d.Why.Words != "" || len(d.Why.Findings) > 0 || d.Why.By != "")
	add(Person, d.Person != "")
	add(Role, d.Role != "" || d.RoleName != "")
	add(Page, d.Page != "")
	add(Figures, len(d.Figures) > 0)
	add(Tasks, len(d.Tasks) > 0)
	return has
}

// check refuses a mail that its kind's row does not allow, that could reach another address,
// or whose links could lead elsewhere. It returns the mail with its normalised address.
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
			return m, row, fmt.Errorf("notify: a mail of kind %q cannot have %q", m.Kind, f)
		}
	}
	if m.TenantID == "" || plain(m.Data.Organisation) == "" {
		return m, row, fmt.Errorf("notify: a mail of kind %q needs the name of the organisation", m.Kind)
	}
	to, err := email.Parse(m.To)
	if err != nil {
		return m, row, fmt.Errorf("notify: mail of kind %q: %w", m.Kind, err)
	}
	m.To = to
	if from := (sallyport.Client{IPAddress: m.Data.IPAddress, Info: m.Data.Device, Location: m.Data.Place}); row.OnlyTime(m.Data) && from != (sallyport.Client{}) {
		return m, row, fmt.Errorf("notify: a mail of kind %q must not say where an admin was", m.Kind)
	}
	if m.Data.Code != "" && !codeLike.MatchString(m.Data.Code) {
		return m, row, fmt.Errorf("notify: the code of a mail of kind %q is not 6 to 10 digits", m.Kind) // the error leaves the code out
	}
	if m.Data.Method != "" && !message.For("").Has(methodWords(m.Data.Method)) {
		return m, row, fmt.Errorf("notify: a mail of kind %q has a method without words", m.Kind)
	}
	if name, is := m.Data.wordless(message.For("").Has); is {
		return m, row, fmt.Errorf("notify: a mail of kind %q has %q, which has no words", m.Kind, name)
	}
	for _, link := range m.Data.links() {
		if !openable(link) {
			return m, row, errors.New("notify: a link in a mail must be a whole http or https address") // the link holds a token, so the error leaves it out
		}
	}
	return m, row, nil
}

// codeLike matches the codes that can be sent.
var codeLike = regexp.MustCompile(`^[0-9]{6,10}$`)

// links returns the links that d has.
func (d Data) links() []string {
	return slices.DeleteFunc([]string{d.Link, d.Page, d.NotMe, d.Mine}, func(l string) bool { return l == "" })
}

// openable reports whether a link is one that mail programs can open.
func openable(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
