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

// mail checks the settings for sending mail. It does not connect to the server, which may
// block clients that connect and send nothing.
func (p *patient) mail(context.Context) Check {
	settings := notify.Settings{SMTP: p.SMTP, From: p.MailFrom, Folder: filepath.Join(p.Data, "mail")}
	if p.Data == "" && settings.ToFiles() {
		return Check{}
	}
	_, from, err := settings.Open(nil)
	switch {
	case err != nil:
		return fail("Change what is named; serve refuses to start with the same words.", "Mail cannot leave: %v.", err)
	case settings.ToFiles():
		return warn("For other people than yourself, name a mail server with --smtp and --mail-from.",
			"No mail server is set: mails are written to %s, with links that open accounts.", settings.Folder)
	}
	return good("Mail leaves through the server of --smtp, from %s.", from.Address)
}

// texts checks the settings for sending text messages. It does not connect to the gateway.
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

// readOnly is an installation whose check values can be read but not written.
type readOnly struct{ seal.Installation }

func (o readOnly) CheckKeys(ctx context.Context, f func(map[string][]byte) (string, []byte, error)) error {
	return o.Installation.CheckKeys(ctx, func(stored map[string][]byte) (string, []byte, error) {
		_, _, err := f(stored)
		return "", nil, err
	})
}

// keys checks keys.json against the database: other keys could not open the waiting mails.
func (p *patient) keys(ctx context.Context) Check {
	var keys *seal.Keys
	var err error
	path := filepath.Join(p.Data, "keys.json")
	switch info, statErr := os.Stat(p.Data); {
	case p.Keys != "":
		keys, err = seal.Parse([]byte(p.Keys))
	case p.Data == "", statErr == nil && !info.IsDir():
		return Check{} // reported already
	default:
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return p.withoutKeys(ctx, path)
		}
		keys, err = seal.Open(path)
	}
	if err != nil {
		return fail("Restore the keys from the backup of the data folder.", "The keys cannot be used: %v.", err)
	}
	if err := keys.CheckInstallation(ctx, readOnly{p.db}); err != nil {
		return fail("Until then serve refuses to start.", "The keys do not belong to this database: %v.", err)
	}
	return good("The keys are there, closed to others, and open what is sealed in the database.")
}

// withoutKeys checks whether it is an error that there is no file of keys. Opening the
// keys would create the file.
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

// lateAfter is how long a mail may wait before it is reported.
const lateAfter = 15 * time.Minute

func (p *patient) outbox(ctx context.Context) Check {
	return p.waiting(ctx, notify.ChannelEmail, "mail", "Mend what the service's log names, then run sallyport mail retry.")
}

func (p *patient) textOutbox(ctx context.Context) Check {
	return p.waiting(ctx, notify.ChannelSMS, "text message", "Mend what the service's log names. The codes have ended; the rows are forgotten after 30 days.")
}

// alerts checks whether the chats that are told what happens take messages. The admins of their
// organisations see why they do not, and are told by mail after three days.
func (p *patient) alerts(ctx context.Context) Check {
	n, err := p.db.FailingAlertChannels(ctx)
	switch {
	case err != nil:
		return fail("Look at the database's own log.", "The channels of alerts cannot be read: %v.", err)
	case n > 0:
		return warn("The page Settings > Alerts of their organisation says why; the service's log names their hosts.", "Did not take the last message: %s.", several(n, "channel of alerts"))
	}
	return good("Every channel of alerts took the last message, or there is none.")
}

// webhooks checks whether the programs that are sent events take them, as alerts does the chats.
func (p *patient) webhooks(ctx context.Context) Check {
	n, err := p.db.FailingWebhooks(ctx)
	switch {
	case err != nil:
		return fail("Look at the database's own log.", "The webhooks cannot be read: %v.", err)
	case n > 0:
		return warn("The page Settings > Webhooks of their organisation says why.", "Did not take the last event: %s.", several(n, "webhook"))
	}
	return good("Every webhook took the last event, or there is none.")
}

func (p *patient) pushOutbox(ctx context.Context) Check {
	return p.waiting(ctx, notify.ChannelPush, "push message", "Mend what the service's log names: it has what the push services said. The rows are forgotten after 30 days.")
}

// waiting checks the messages of a channel that are not sent yet.
func (p *patient) waiting(ctx context.Context, channel, what, remedy string) Check {
	c, err := notify.Counts(ctx, p.db, channel)
	if err != nil {
		return fail("Look at the database's own log.", "The outbox cannot be read: %v.", err)
	}
	if c.Dead > 0 {
		return warn(remedy, "Given up after many tries: %s.", several(c.Dead, what))
	}
	if age := p.Now().Sub(c.Oldest); c.Pending > 0 && age > lateAfter {
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
