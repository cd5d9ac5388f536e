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

// Sender hands a mail on: to a server, or into a folder.
type Sender interface {
	// Send returns nil once the other side has taken the mail over, and then
	// only. It gives up when ctx ends.
	Send(ctx context.Context, m *Message) error
	// Notice is a sentence for the console about where mails go, "" when there is
	// nothing to say.
	Notice() string
}

// Message is a mail ready to be sent.
type Message struct {
	ID      string // of its row: the same at every try
	Kind    Kind
	To      string // address alone
	Links   []string
	Code    string    // "" for none; never logged
	Created time.Time // when it was enqueued
	mime    *gomail.Msg
}

// Failure is a mail that was not sent. Why holds no secret and no address of a
// person; it is kept with the row, logged, and shown to operators.
type Failure struct {
	Permanent bool          // trying again would end the same way
	After     time.Duration // how long the other side asked to be left alone; 0 for nothing said
	Why       string
}

func (f *Failure) Error() string { return f.Why }

// failure returns what to keep of err.
func failure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return &Failure{f.Permanent, f.After, harmless(f.Why)}
	}
	return &Failure{Why: harmless(err.Error())}
}

// secret matches what a mail server may quote from a mail when it refuses it:
// addresses of pages and of people, and tokens.
var secret = regexp.MustCompile(`[a-zA-Z]+://\S+|\S+@\S+|\S{32,}`)

// harmless makes the text of an error short and fit for a log.
func harmless(s string) string {
	s = secret.ReplaceAllString(s, "[left out]")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	const longest = 300
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}
