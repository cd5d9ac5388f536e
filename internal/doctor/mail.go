package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
)

// mail looks at how mail leaves. The server is not called: it may be one that
// bans whoever calls and sends nothing.
func (p *patient) mail(context.Context) Check {
	if p.Data == "" && p.SMTP == "" {
		return Check{}
	}
	folder := filepath.Join(p.Data, "mail")
	_, from, err := notify.Settings{SMTP: p.SMTP, From: p.MailFrom, Folder: folder}.Open(nil)
	switch {
	case err != nil:
		return fail("Change what is named; serve refuses to start with the same words.", "Mail cannot leave: %v.", err)
	case p.SMTP == "":
		return warn("For other people than yourself, name a mail server with --smtp and --mail-from.",
			"No mail server is set: mails are written to %s, and their links to the service's log.", folder)
	}
	return good("Mail leaves through the server of --smtp, from %s.", from.Address)
}

// texts looks at how text messages leave. The gateway is not called either.
func (p *patient) texts(context.Context) Check {
	if p.Data == "" && p.SMS == "" {
		return Check{}
	}
	settings := notify.TextSettings{SMS: p.SMS, Folder: filepath.Join(p.Data, "sms")}
	_, err := settings.Open(nil)
	switch {
	case err != nil:
		return fail("Change what is named; serve refuses to start with the same words.", "Text messages cannot leave: %v.", err)
	case !settings.Available():
		return good("Text messages are off: nobody can set up codes by them.")
	case p.SMS == "":
		return warn("For other people than yourself, name a gateway with --sms, or switch them off with --sms off.",
			"No gateway for text messages is set: they are written to %s.", settings.Folder)
	}
	return good("Text messages leave through the gateway of --sms.")
}

// only shows the check values of an installation and stores none.
type only struct{ seal.Installation }

func (o only) CheckKeys(ctx context.Context, f func(map[string][]byte) (string, []byte, error)) error {
	return o.Installation.CheckKeys(ctx, func(stored map[string][]byte) (string, []byte, error) {
		_, _, err := f(stored)
		return "", nil, err
	})
}

// keys holds keys.json against the database: with other keys, no mail that waits
// can be opened.
func (p *patient) keys(ctx context.Context) Check {
	var keys *seal.Keys
	var err error
	path := filepath.Join(p.Data, "keys.json")
	switch info, statErr := os.Stat(p.Data); {
	case p.Keys != "":
		keys, err = seal.Parse([]byte(p.Keys))
	case p.Data == "", statErr == nil && !info.IsDir():
		return Check{} // told already
	default:
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return p.withoutKeys(ctx, path)
		}
		keys, err = seal.Open(path)
	}
	if err != nil {
		return fail("Restore the keys from the backup of the data folder.", "The keys cannot be used: %v.", err)
	}
	if err := keys.CheckInstallation(ctx, only{p.db}); err != nil {
		return fail("Until then serve refuses to start.", "The keys do not belong to this database: %v.", err)
	}
	return good("The keys are there, closed to others, and open what is sealed in the database.")
}

// withoutKeys judges that there is no file of keys, which opening would make.
func (p *patient) withoutKeys(ctx context.Context, path string) Check {
	sealed := false
	err := p.db.CheckKeys(ctx, func(stored map[string][]byte) (string, []byte, error) {
		sealed = len(stored) > 0
		return "", nil, nil
	})
	switch {
	case err != nil:
		return fail("Look at the database's own log.", "Whether anything is sealed in the database cannot be read: %v.", err)
	case sealed:
		return fail("Copy keys.json from a node that runs, or from the backup of the data folder.", "The keys %s are not there, and the database has values that they seal.", path)
	}
	return good("There are no keys yet: serve makes them when it starts.")
}

// late is how long a mail may wait before somebody should look.
const late = 15 * time.Minute

func (p *patient) outbox(ctx context.Context) Check {
	return p.waiting(ctx, notify.ChannelEmail, "mail", "Mend what the service's log names, then run sallyport mail retry.")
}

func (p *patient) textOutbox(ctx context.Context) Check {
	return p.waiting(ctx, notify.ChannelSMS, "text message", "Mend what the service's log names. The codes have ended; the rows are forgotten after 30 days.")
}

// waiting judges what has not left through a channel.
func (p *patient) waiting(ctx context.Context, channel, what, remedy string) Check {
	c, err := notify.Counts(ctx, p.db, channel)
	if err != nil {
		return fail("Look at the database's own log.", "The outbox cannot be read: %v.", err)
	}
	if c.Dead > 0 {
		return warn(remedy, "Given up after many tries: %s.", several(c.Dead, what))
	}
	if age := p.Now().Sub(c.Oldest); c.Pending > 0 && age > late {
		remedy := "Start the service, which sends them."
		if p.running {
			remedy = fmt.Sprintf("Look for the %ss that failed in the service's log, and at the server that should take them.", what)
		}
		return warn(remedy, "Waiting to be sent: %s, the oldest for %v.", several(c.Pending, what), age.Round(time.Minute))
	}
	return good("No %s waits longer than it should, and none was given up.", what)
}

func several(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
