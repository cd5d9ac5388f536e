package notify

import (
	"net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Plain is a mail to the operator. It goes out at once and past the outbox: what it says is made
// again when it fails.
type Plain struct {
	ID      string // the same at every try
	Kind    Kind
	To      string // address alone
	From    mail.Address
	Subject string // one line
	Text    string
	At      time.Time
}

// Message returns the mail ready to be sent.
func (p Plain) Message() *Message {
	if p.From.Name == "" {
		p.From.Name = "Sallyport"
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&p.From)
	m.ToMailAddress(&mail.Address{Address: p.To})
	m.Subject(p.Subject)
	m.SetMessageIDWithValue(p.ID + "@" + domain(p.From.Address))
	m.SetDateWithValue(p.At)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(gomail.TypeTextPlain, p.Text)
	return &Message{ID: p.ID, Kind: p.Kind, To: p.To, Subject: p.Subject, Created: p.At, mime: m}
}

// Reason returns why a mail was not sent, short and without a secret.
func Reason(err error) string { return failure(err).Why }
