package demo

import (
	"context"
	"net/mail"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
)

// base is the address of the installation in the story. Its passkeys are bound to it.
const base link.Base = "https://accounts." + domain

// letter is a mail or a text message that somebody reads.
type letter struct {
	to    string
	code  string
	links []string
}

// postman takes what is delivered.
type postman struct{ letters []letter }

func (p *postman) Send(_ context.Context, m *notify.Message) error {
	p.letters = append(p.letters, letter{m.To, m.Code, m.Links})
	return nil
}

func (*postman) Notice() string { return "" }

// phone takes text messages to the same pile.
type phone struct{ *postman }

func (p phone) Send(_ context.Context, t notify.SentText) error {
	p.letters = append(p.letters, letter{to: t.To, code: t.Code})
	return nil
}

// letters returns what an act sends. What waited before is thrown away.
func (w *world) letters(ctx context.Context, act func() error) ([]letter, error) {
	if err := notify.Discard(ctx, w.base.DB); err != nil {
		return nil, err
	}
	if err := act(); err != nil {
		return nil, err
	}
	if err := w.uses.Accounts.AnswerRequests(ctx); err != nil {
		return nil, err
	}
	p := &postman{}
	for _, c := range []notify.Config{{Sender: p, From: mail.Address{Address: "accounts@" + domain}}, {Texts: phone{p}}} {
		c.DB, c.Outbox, c.Now = w.base.DB, w.base.Outbox, w.clock
		worker := notify.NewWorker(c)
		for found := true; found; {
			var err error
			if found, err = worker.Deliver(ctx); err != nil {
				return nil, err
			}
		}
	}
	return p.letters, nil
}

// sentCode returns the code that an act sends.
func (w *world) sentCode(ctx context.Context, act func() error) (string, error) {
	letters, err := w.letters(ctx, act)
	for _, l := range letters {
		if l.code != "" {
			w.wait(w.between(6*time.Second, 30*time.Second))
			return l.code, nil
		}
	}
	if err == nil {
		err = sallyport.Refuse(sallyport.CodeRateLimited, "no code was sent")
	}
	return "", err
}

// secret returns the secret of the link to a page in the letters to a person, "" when
// there is none.
func secret(letters []letter, to *person, page string) string {
	for _, l := range letters {
		for _, address := range l.links {
			if u, err := url.Parse(address); err == nil && l.to == to.user.Email && strings.HasPrefix(u.Path, page) {
				return path.Base(u.Path)
			}
		}
	}
	return ""
}

// mailed is the link to a page as a person comes with it on a machine.
func (w *world) mailed(letters []letter, m *machine, page string) link.Mailed {
	return link.Mailed{TenantID: w.tenantID, Client: m.from.Client, Secret: secret(letters, m.of, page)}
}
