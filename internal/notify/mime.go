package notify

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"net/mail"
	"strings"
	"text/template"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/sallyport/sallyport/internal/store"
)

//go:embed templates
var templates embed.FS

var (
	htmlLetter = htmltemplate.Must(htmltemplate.New("letter.html").Funcs(htmltemplate.FuncMap{"outlook": outlook}).ParseFS(templates, "templates/letter.html"))
	textLetter = template.Must(template.ParseFS(templates, "templates/letter.txt"))
)

// outlook returns HTML of the template that only Outlook for Windows reads: it knows no
// max-width. The template would drop it as a comment.
func outlook(fixed string) htmltemplate.HTML {
	return htmltemplate.HTML("<!--[if mso]>" + fixed + "<![endif]-->") //nolint:gosec // a constant of the template
}

// render returns the mail's body as text and as HTML.
func (l letter) render() (text, html string, err error) {
	var t, h bytes.Buffer
	if err := textLetter.Execute(&t, l); err != nil {
		return "", "", err
	}
	if err := htmlLetter.Execute(&h, l); err != nil {
		return "", "", err
	}
	return t.String(), h.String(), nil
}

// compose makes the message of a row. Apart from its date it is the same at every try.
func compose(r store.OutboxRow, c content, from mail.Address, now time.Time) (*Message, error) {
	l, err := write(c)
	if err != nil {
		return nil, err
	}
	text, html, err := l.render()
	if err != nil {
		return nil, fmt.Errorf("render a mail of kind %q: %w", c.Kind, err)
	}
	if from.Name == "" {
		from.Name = plain(c.Data.Organisation)
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&from)
	m.ToMailAddress(&mail.Address{Address: c.To})
	m.Subject(l.Subject)
	// Two copies of one row have one Message-ID, so that mail systems show one of them.
	m.SetMessageIDWithValue(r.ID + "@" + domain(from.Address))
	m.SetDateWithValue(now)
	// RFC 3834 and Microsoft's header against automatic answers. There is no
	// List-Unsubscribe, because these mails are not sent to a list.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetBodyString(gomail.TypeTextPlain, text)
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	if l.Logo != nil {
		if err := m.EmbedReader(logoID, bytes.NewReader(l.Logo.body), gomail.WithFileContentID(logoID), gomail.WithFileContentType(gomail.ContentType(l.Logo.kind))); err != nil {
			return nil, fmt.Errorf("a mail of kind %q: %w", c.Kind, err)
		}
	}
	return &Message{ID: r.ID, Kind: c.Kind, To: c.To, Subject: l.Subject, Links: c.Data.links(), Code: c.Data.Code, Created: r.CreatedAt, mime: m}, nil
}

func domain(address string) string {
	_, d, _ := strings.Cut(address, "@")
	return d
}
