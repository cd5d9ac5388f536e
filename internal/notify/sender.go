package notify

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// Sender sends mails to a server or into a folder.
type Sender interface {
	// Send returns nil only after the other side has accepted the mail. It stops when ctx
	// ends.
	Send(ctx context.Context, m *Message) error
	// Notice returns a sentence for the console about where mails go; "" for none.
	Notice() string
}

// Message is a mail ready to be sent.
type Message struct {
	ID      string // the row's id: the same at every try
	Kind    Kind
	To      string // address alone
	Subject string
	Links   []string
	Code    string    // "" for none; never logged
	Created time.Time // when it was enqueued
	mime    *gomail.Msg
}

// Failure is the error of a mail that was not sent. Why holds no secret and no person's
// address; it is stored with the row, logged, and shown to operators.
type Failure struct {
	Permanent bool          // another try would fail the same way
	After     time.Duration // how long the other side asks to wait; 0 when it did not say
	Why       string
}

func (f *Failure) Error() string { return f.Why }

// failure returns the Failure to store for err.
func failure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return &Failure{f.Permanent, f.After, harmless(f.Why)}
	}
	return &Failure{Why: harmless(err.Error())}
}

// secret matches what a mail server may quote from a refused mail: web and e-mail
// addresses, and tokens.
var secret = regexp.MustCompile(`[a-zA-Z]+://\S+|\S+@\S+|\S{32,}`)

// harmless makes the text of an error short and safe to log.
func harmless(s string) string {
	s = secret.ReplaceAllString(s, "[left out]")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	const longest = 300
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}
