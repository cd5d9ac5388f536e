package notify

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/handshake"
)

// Settings say how an installation sends mail, as the operator writes them.
type Settings struct {
	SMTP   string // --smtp; "" or SMTPFiles to write files
	From   string // --mail-from: an address, or a name and an address
	Folder string // for files, when there is no server
}

// SMTPFiles is the value of --smtp that asks for files by name.
const SMTPFiles = "files"

// ToFiles reports whether mails are written to files.
func (s Settings) ToFiles() bool { return s.SMTP == "" || s.SMTP == SMTPFiles }

// Open returns the sender and the From address. The error has a sentence for each thing to
// change, and no password.
func (s Settings) Open(log *slog.Logger) (Sender, mail.Address, error) {
	from, fromErr := ParseFrom(s.From)
	if s.ToFiles() {
		if s.From == "" {
			from, fromErr = mail.Address{Address: "sallyport@localhost"}, nil
		}
		return Folder{s.Folder, log}, from, fromErr
	}
	if s.From == "" {
		fromErr = errors.New("--smtp is given without --mail-from: name the address that mails come from, such as accounts@example.com")
	}
	server, err := ParseSMTP(s.SMTP)
	if err := errors.Join(err, fromErr); err != nil {
		return nil, from, err
	}
	server.Hello = domain(from.Address)
	return server, from, nil
}

// ParseFrom reads the From address. Without a name each mail has the name of the
// organisation that it is about.
func ParseFrom(s string) (mail.Address, error) {
	a, err := mail.ParseAddress(s)
	if err != nil {
		return mail.Address{}, errors.New("--mail-from must be an address such as accounts@example.com, or a name with one: Example <accounts@example.com>")
	}
	for _, r := range a.Address {
		// The domain becomes part of Message-IDs and of SMTP's EHLO, which must be ASCII.
		if r < '!' || r > '~' {
			return mail.Address{}, errors.New("--mail-from must be an ASCII address: write the domain in its xn-- form")
		}
	}
	a.Name = plain(a.Name)
	return *a, nil
}

// ParseSMTP reads the address of a mail server:
//
//	smtp://user:password@mail.example.com:587     STARTTLS, or no mail at all
//	smtps://user:password@mail.example.com:465    TLS from the start
//	smtp://localhost:25?tls=none                  in the clear, on this machine alone
//
// Special characters in user and password are percent-encoded. Options after ? are
// tls=none, auth=plain, auth=login and ca=FILE, a PEM file of root certificates to trust
// instead of the system's. Unknown or contradictory options are errors.
func ParseSMTP(address string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		// The parser's error could show the password.
		return nil, errors.New("--smtp must be an address like smtp://user:password@mail.example.com:587 or smtps://…:465, with special characters in the password percent-encoded, or files for a trial")
	}
	s := &SMTP{Host: u.Hostname(), Port: 587, Security: StartTLS, Auth: AuthAuto, User: u.User.Username()}
	s.Password, _ = u.User.Password()
	if u.Scheme == "smtps" {
		s.Port, s.Security = 465, ImplicitTLS
	}
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if port := u.Port(); port != "" {
		if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
			say("--smtp has the port %s, which is none: use a number from 1 to 65535", port)
		}
	}
	if (s.User == "") != (s.Password == "") {
		say("--smtp has a user without a password, or the other way round: give both, or neither for a server that asks for none")
	}
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		say("--smtp has options after the ? that cannot be read")
	}
	for name, values := range options {
		if len(values) != 1 {
			say("--smtp has the option %q more than once", name)
			continue
		}
		if err := s.option(name, values[0]); err != nil {
			wrong = append(wrong, err)
		}
	}
	return s, errors.Join(append(wrong, s.contradictions(options)...)...)
}

func (s *SMTP) option(name, value string) error {
	switch name {
	case "tls":
		if value != string(NoTLS) {
			return errors.New("--smtp has a tls option other than tls=none: leave it out, smtp:// turns to TLS and smtps:// begins with it")
		}
		if s.Security == ImplicitTLS {
			return errors.New("--smtp has smtps:// and tls=none, which contradict each other: remove one")
		}
		s.Security = NoTLS
	case "auth":
		s.Auth = Auth(value)
		if !slices.Contains([]Auth{AuthAuto, AuthPlain, AuthLogin}, s.Auth) {
			return errors.New("--smtp has an auth option that is not known: use auth=plain, auth=login, or leave it out")
		}
	case "ca":
		pem, err := os.ReadFile(value)
		if err != nil {
			return fmt.Errorf("--smtp has a ca file that cannot be read: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return fmt.Errorf("--smtp has the ca file %s, which holds no certificate in PEM", value)
		}
		s.TLS = handshake.Client(roots)
	default:
		return fmt.Errorf("--smtp has the option %q, which is not known: there are tls, auth and ca", name)
	}
	return nil
}

func (s *SMTP) contradictions(options url.Values) []error {
	var wrong []error
	say := func(sentence string) { wrong = append(wrong, errors.New(sentence)) }
	if s.Security == NoTLS && !loopback(s.Host) {
		say("--smtp has tls=none for another machine, where everybody on the way could read the links in mails: remove it")
	}
	if s.Security == NoTLS && s.User != "" {
		say("--smtp has tls=none and a password, which would cross in the clear: remove one")
	}
	if s.Security == NoTLS && options.Has("ca") {
		say("--smtp has tls=none and a ca file, which would not be used: remove one")
	}
	if s.User == "" && options.Has("auth") {
		say("--smtp has an auth option without a user and password: give them, or remove it")
	}
	return wrong
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
