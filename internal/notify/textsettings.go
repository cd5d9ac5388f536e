package notify

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/outbound"
)

// TextSettings say how an installation sends text messages, as the operator writes them.
type TextSettings struct {
	SMS    string // --sms; "" to write files
	Folder string // for files, when there is no gateway
}

// smsOff is the value of --sms that switches text messages off.
const smsOff = "off"

// Available reports whether text messages can be sent, and so whether users can set up
// codes by text message.
func (s TextSettings) Available() bool { return s.SMS != smsOff }

// Open returns the sender of text messages. The error has a sentence for each thing to
// change, and no secret.
func (s TextSettings) Open(log *slog.Logger) (TextSender, error) {
	switch s.SMS {
	case "":
		return TextFolder{s.Folder, log}, nil
	case smsOff:
		return noTexts{}, nil
	}
	return ParseSMS(s.SMS)
}

// errSMS leaves out the cause, which could show a secret.
var errSMS = errors.New("--sms must be off, or an address like twilio://SID:TOKEN@api.twilio.com?from=%2B15005550006 or " +
	"webhook+https://SECRET@host/path, with special characters percent-encoded")

// ParseSMS reads the address of a gateway:
//
//	twilio://SID:TOKEN@api.twilio.com?from=%2B15005550006    or ?service=MG…
//	webhook+https://SECRET@sms.example.com/send
//	webhook+http://SECRET@localhost:8000/send?private=yes    in the clear, on this machine alone
//
// Other options after ? are private=yes, for a gateway in one's own network, and ca=FILE, a
// PEM file of root certificates to trust instead of the system's. SECRET has at least 24
// characters, or is whsec_ and base64.
func ParseSMS(address string) (TextSender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User == nil || u.Fragment != "" || u.Opaque != "" {
		return nil, errSMS
	}
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("--sms has options after the ? that cannot be read")
	}
	o, wrong := readSMSOptions(u.Scheme, options)
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			wrong = append(wrong, errors.New("--sms has an invalid port: use a number from 1 to 65535"))
		}
	}
	client := outbound.Client(outbound.Options{AllowPrivate: o.private, Timeout: sendTimeout, Roots: o.roots})
	secret, hasPassword := u.User.Password()
	switch u.Scheme {
	case "twilio":
		if u.User.Username() == "" || secret == "" || u.Path != "" && u.Path != "/" {
			return nil, errors.Join(append(wrong, errSMS)...)
		}
		if (o.from == "") == (o.service == "") {
			wrong = append(wrong, errors.New("--sms needs a sender: give from= with a number, or service= with a messaging service, and not both"))
		}
		return &Twilio{
			Base: "https://" + u.Host, SID: u.User.Username(), Token: secret, From: o.from, Service: o.service, Client: client,
		}, errors.Join(wrong...)
	case "webhook+https", "webhook+http":
		if hasPassword {
			return nil, errors.Join(append(wrong, errSMS)...)
		}
		key, err := webhookSecret(u.User.Username())
		if err != nil {
			wrong = append(wrong, err)
		}
		if u.Scheme == "webhook+http" && !(loopback(u.Hostname()) && o.private) {
			wrong = append(wrong, errors.New("--sms has webhook+http://, where everybody on the way could read the codes: use webhook+https://, "+
				"or a program on this machine with private=yes"))
		}
		to := url.URL{Scheme: strings.TrimPrefix(u.Scheme, "webhook+"), Host: u.Host, Path: u.Path, RawPath: u.RawPath}
		return &Webhook{URL: to.String(), Secret: key, Client: client}, errors.Join(wrong...)
	}
	return nil, errSMS
}

// smsOptions are the options after the ?.
type smsOptions struct {
	from, service string
	private       bool
	roots         *x509.CertPool
}

var (
	senderLike  = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z][A-Za-z0-9 ]{0,10})$`) // number, short code or name
	serviceLike = regexp.MustCompile(`^MG[0-9a-zA-Z]{32}$`)
)

func readSMSOptions(scheme string, options url.Values) (o smsOptions, wrong []error) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for name, values := range options {
		value := values[0]
		twilio := scheme == "twilio"
		switch {
		case len(values) != 1:
			say("--sms has the option %q more than once", name)
		case name == "from" && twilio:
			if o.from = value; !senderLike.MatchString(value) {
				say("--sms has a from that is no sender: give a number such as %%2B15005550006, the + written as %%2B, or a name of up to 11 characters")
			}
		case name == "service" && twilio:
			if o.service = value; !serviceLike.MatchString(value) {
				say("--sms has a service that is no messaging service: its id is MG and 32 characters")
			}
		case name == "private":
			if o.private = value == "yes"; !o.private {
				say("--sms has a private option other than private=yes: leave it out, a gateway on the internet needs none")
			}
		case name == "ca":
			pem, err := os.ReadFile(value)
			if err != nil {
				say("--sms has a ca file that cannot be read: %w", err)
				continue
			}
			if o.roots = x509.NewCertPool(); !o.roots.AppendCertsFromPEM(pem) {
				say("--sms has the ca file %s, which holds no certificate in PEM", value)
			}
		default:
			say("--sms has an option that is not known: there are from and service for twilio://, and private and ca") // the option may be part of a secret, so it is not shown
		}
	}
	return o, wrong
}

// webhookSecret reads a secret in the form of Standard Webhooks, or as plain text.
func webhookSecret(s string) ([]byte, error) {
	const least = 24 // bytes; Standard Webhooks requires them
	key := []byte(s)
	if rest, ok := strings.CutPrefix(s, "whsec_"); ok {
		var err error
		if key, err = base64.StdEncoding.DecodeString(rest); err != nil {
			return nil, errors.New("--sms has a secret that begins with whsec_ and goes on with something else than base64: write + as %2B and / as %2F")
		}
	}
	if len(key) < least {
		return nil, fmt.Errorf("--sms has a secret of less than %d characters: make one with openssl rand -hex 32", least)
	}
	return key, nil
}
