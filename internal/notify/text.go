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

// Text is a text message to one number: a code, and nothing else leaves this way.
type Text struct {
	TenantID string
	UserID   string
	To       string // E.164, such as +41791234567
	Kind     Kind   // one whose row has a Text
	Lang     string // BCP 47 tag, or an Accept-Language header; "" for English
	Data     TextData
}

// TextData is what a text message speaks of.
type TextData struct {
	Organisation string // name of the tenant; cut where the message would grow long
	Host         string // of the pages where the code is typed; a port is left out
	Code         string // 6 to 10 digits
	CodeUntil    time.Time
}

// ErrNoTexts answers EnqueueText where --sms is off.
var ErrNoTexts = errors.New("notify: text messages are switched off with --sms off")

// WithoutTexts makes the outbox refuse text messages. Call it before it is used.
func (o *Outbox) WithoutTexts() { o.noTexts = true }

// TextsAvailable reports whether text messages can be sent, and so whether
// anybody may set up codes by them.
func (o *Outbox) TextsAvailable() bool { return !o.noTexts }

// EnqueueText adds a text message to the caller's transaction. It is cheap. An
// error means that it cannot be sent as it is, and is ErrNoTexts where none are.
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

// textContent is what the payload of a row of a text message seals. It is in
// words already: it leaves within minutes or not at all.
type textContent struct {
	To        string    `json:"to"`
	Kind      Kind      `json:"kind"`
	Text      string    `json:"text"`
	Code      string    `json:"code"`
	CodeUntil time.Time `json:"codeUntil"`
}

var (
	e164     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	hostLike = regexp.MustCompile(`^[a-zA-Z0-9:]([a-zA-Z0-9.:-]*[a-zA-Z0-9])?$`) // IPv6 addresses included, for trials
)

// check refuses a text that its kind does not allow, that names more than one
// number, or that could be read as another.
func (t Text) check() (Text, Row, error) {
	row, ok := known[t.Kind]
	wrong := func(why string) (Text, Row, error) {
		return t, row, fmt.Errorf("notify: a text message of kind %q %s", t.Kind, why) // and neither number nor code
	}
	if host, port, err := net.SplitHostPort(t.Data.Host); err == nil && !strings.ContainsFunc(port, func(r rune) bool { return r < '0' || r > '9' }) {
		t.Data.Host = host
	}
	switch {
	case !ok || row.Text == "":
		return wrong("does not exist")
	case t.TenantID == "" || oneLine(t.Data.Organisation, longestName) == "":
		return wrong("needs the organisation it speaks for")
	case !e164.MatchString(t.To):
		return wrong("needs one number, + and digits")
	case !codeLike.MatchString(t.Data.Code) || t.Data.CodeUntil.IsZero():
		return wrong("needs a code of 6 to 10 digits and when it ends")
	case !hostLike.MatchString(t.Data.Host):
		return wrong("needs the host where the code is typed")
	}
	return t, row, nil
}

// write puts a text into words. Its last line binds the code to our pages, so
// that a telephone offers it there and nowhere else:
// https://wicg.github.io/sms-one-time-codes/
func (t Text) write(row Row) string {
	const here = "\x00" // which no name has
	text := message.For(t.Lang).T(row.Text, "Code", t.Data.Code, "Organisation", here)
	text += "\n\n@" + strings.ToLower(t.Data.Host) + " #" + t.Data.Code
	return fit(oneLine(t.Data.Organisation, 4*longestName), func(name string) string { return strings.Replace(text, here, name, 1) })
}

// masked is a number for operators: enough to compare, too little to call.
func masked(number string) string { return number[:3] + "…" + number[len(number)-2:] }

// SentText is a text message ready to be sent.
type SentText struct {
	ID       string // of its row: the same at every try
	TenantID string
	Kind     Kind
	To       string
	Text     string
	Code     string // that Text holds; never logged
	Created  time.Time
}

// TextSender hands a text message on: to a gateway, or into a folder.
type TextSender interface {
	// Send returns nil once the other side has taken the message over, and then
	// only. It gives up when ctx ends.
	Send(ctx context.Context, t SentText) error
	// Notice is a sentence for the console about where messages go, "" when there
	// is nothing to say.
	Notice() string
}
