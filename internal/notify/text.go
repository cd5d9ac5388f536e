package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/store"
)

// Text is a text message to one number that carries a code.
type Text struct {
	TenantID string
	UserID   string
	To       string // E.164, such as +41791234567
	Kind     Kind   // a kind whose row has Text
	Lang     string // BCP 47 tag, or an Accept-Language header; "" for English
	Data     TextData
}

// TextData is the data of a text message.
type TextData struct {
	Organisation string // name of the tenant; cut when the message would be too long
	Host         string // of the pages where the code is typed, without port
	Code         string // 6 to 10 digits
	CodeUntil    time.Time
}

// ErrNoTexts is the error of EnqueueText when --sms is off.
var ErrNoTexts = errors.New("notify: text messages are switched off with --sms off")

// WithoutTexts makes the outbox refuse text messages. Call it before other methods.
func (o *Outbox) WithoutTexts() { o.noTexts = true }

// TextsAvailable reports whether text messages can be sent, and so whether users can set
// up codes by text message.
func (o *Outbox) TextsAvailable() bool { return !o.noTexts }

// EnqueueText adds a text message to the caller's transaction. It is fast. ErrNoTexts when
// text messages are off; other errors mean that this one cannot be sent.
func (o *Outbox) EnqueueText(ctx context.Context, tx *store.Tx, t Text) error {
	if o.noTexts {
		return ErrNoTexts
	}
	t, row, err := t.check()
	if err != nil {
		return err
	}
	return o.add(ctx, tx, store.OutboxRow{
		TenantID: t.TenantID, Channel: ChannelSMS, Kind: string(t.Kind), UserID: t.UserID, Recipient: masked(t.To), Bulk: row.Bulk,
	}, textContent{To: t.To, Kind: t.Kind, Code: t.Data.Code, CodeUntil: t.Data.CodeUntil, Text: t.write(row)})
}

// textContent is the sealed payload of a text message's row. It is the final text, because
// it is sent within minutes or not at all.
type textContent struct {
	To        string    `json:"to"`
	Kind      Kind      `json:"kind"`
	Text      string    `json:"text"`
	Code      string    `json:"code,omitempty"`
	CodeUntil time.Time `json:"codeUntil,omitzero"`
	Times     int       `json:"times,omitempty"` // how often it happened
}

var (
	e164     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	hostLike = regexp.MustCompile(`^[a-zA-Z0-9:]([a-zA-Z0-9.:-]*[a-zA-Z0-9])?$`) // also IPv6 addresses, for tests
)

// check refuses a text that its kind does not allow, that has more than one number, or
// whose parts could be misread.
func (t Text) check() (Text, Row, error) {
	row, ok := known[t.Kind]
	wrong := func(why string) (Text, Row, error) { return t, row, t.wrong(why) }
	if host, port, err := net.SplitHostPort(t.Data.Host); err == nil && !strings.ContainsFunc(port, func(r rune) bool { return r < '0' || r > '9' }) {
		t.Data.Host = host
	}
	switch {
	case !ok || row.Text == "":
		return wrong("does not exist")
	case t.TenantID == "" || oneLine(t.Data.Organisation, longestName) == "":
		return wrong("needs the name of the organisation")
	case !e164.MatchString(t.To):
		return wrong("needs one number, + and digits")
	case !codeLike.MatchString(t.Data.Code) || t.Data.CodeUntil.IsZero():
		return wrong("needs a code of 6 to 10 digits and when it ends")
	case !hostLike.MatchString(t.Data.Host):
		return wrong("needs the host where the code is typed")
	}
	return t, row, nil
}

// wrong says why a text cannot be sent, with neither number nor code.
func (t Text) wrong(why string) error {
	return fmt.Errorf("notify: a text message of kind %q %s", t.Kind, why)
}

// write makes the text. Its last line binds the code to our pages, so that a telephone
// offers the code only there: https://wicg.github.io/sms-one-time-codes/
func (t Text) write(row Row) string {
	const here = "\x00" // no name has it
	text := message.For(t.Lang).T(row.Text, "Code", t.Data.Code, "Organisation", here)
	text += "\n\n@" + strings.ToLower(t.Data.Host) + " #" + t.Data.Code
	return fit(oneLine(t.Data.Organisation, 4*longestName), func(name string) string { return strings.Replace(text, here, name, 1) })
}

// masked shortens a number for operators: they can recognise it but not call it.
func masked(number string) string { return number[:3] + "…" + number[len(number)-2:] }

// SentText is a text message ready to be sent.
type SentText struct {
	ID       string // of its row: the same at every try
	TenantID string
	Kind     Kind
	To       string
	Text     string
	Code     string // the code in Text; never logged; "" for none
	Created  time.Time
}

// TextSender sends text messages to a gateway or into a folder.
type TextSender interface {
	// Send returns nil only after the other side has accepted the message. It stops when
	// ctx ends.
	Send(ctx context.Context, t SentText) error
	// Notice returns a sentence for the console about where messages go; "" for none.
	Notice() string
}
