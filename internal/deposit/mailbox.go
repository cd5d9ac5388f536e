package deposit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/sallyport/sallyport/internal/notify"
)

// mailbox mails checkpoints to an address.
type mailbox struct {
	mail Mail
	to   string
	now  func() time.Time
}

func (mailbox) Name() string { return "mail" }

// kind is that of the mails, which are to the operator and not to a user.
const kind notify.Kind = "checkpoint"

func (m mailbox) Take(ctx context.Context, c Checkpoint) error {
	mail := notify.Plain{
		ID: fmt.Sprintf("%s-%d", c.Tenant.ID, c.Size), Kind: kind, To: m.to, From: m.mail.From, At: m.now(),
		Subject: fmt.Sprintf("Checkpoint of the audit log: %d events", c.Size), Text: m.text(c),
	}
	if err := m.mail.Sender.Send(ctx, mail.Message()); err != nil {
		return errors.New(notify.Reason(err))
	}
	return nil
}

func (mailbox) text(c Checkpoint) string {
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, c.Tenant.Name)
	return fmt.Sprintf("This is the signed checkpoint of the audit log of %s. It covers %d events.\n\n%s\n"+
		"Keep this mail where nobody can change it who can change the database. "+
		"To check the log against it, save the lines above, from the first to the last one that begins with a dash, in a file. "+
		"The log must still have these events, unchanged: sallyport audit verify says whether it has.\n", name, c.Size, c.Note)
}
