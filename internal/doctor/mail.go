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
	c, err := notify.Counts(ctx, p.db, notify.ChannelEmail)
	if err != nil {
		return fail("Look at the database's own log.", "The outbox cannot be read: %v.", err)
	}
	if c.Dead > 0 {
		return warn("Mend what the service's log names, then run sallyport mail retry.", "Given up after many tries: %s.", mails(c.Dead))
	}
	if age := p.Now().Sub(c.Oldest); c.Pending > 0 && age > late {
		remedy := "Start the service, which sends them."
		if p.running {
			remedy = "Look for mails that failed in the service's log, and at the mail server."
		}
		return warn(remedy, "Waiting to be sent: %s, the oldest for %v.", mails(c.Pending), age.Round(time.Minute))
	}
	return good("No mail waits longer than it should, and none was given up.")
}

func mails(n int64) string {
	if n == 1 {
		return "1 mail"
	}
	return fmt.Sprintf("%d mails", n)
}
