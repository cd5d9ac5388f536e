package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/sallyport/sallyport/internal/handshake"
)

// Security is how a connection to a mail server is encrypted.
type Security string

// Ways to encrypt a connection.
const (
	StartTLS    Security = "starttls" // begins unencrypted and must switch to TLS
	ImplicitTLS Security = "tls"
	NoTLS       Security = "none" // only to this machine
)

// Auth is an SMTP authentication mechanism.
type Auth string

// Authentication mechanisms. All need TLS.
const (
	AuthAuto  Auth = "auto" // the strongest that the server offers
	AuthPlain Auth = "plain"
	AuthLogin Auth = "login"
)

// SMTP sends mails to a server.
type SMTP struct {
	Host     string
	Port     int
	Security Security
	User     string // "" for no authentication
	Password string
	Auth     Auth
	Hello    string      // name for EHLO
	TLS      *tls.Config // nil for the system's root certificates
}

// Notice returns "": mails reach their readers.
func (*SMTP) Notice() string { return "" }

// Send sends one mail on a new connection. The time limit of ctx covers every step.
func (s *SMTP) Send(ctx context.Context, m *Message) error {
	client, err := gomail.NewClient(s.Host, s.options(ctx)...)
	if err != nil {
		return fmt.Errorf("mail server settings: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, m.mime)
	if m.mime.IsDelivered() {
		return nil // the mail was accepted; errors of QUIT do not matter
	}
	return s.judge(err)
}

func (s *SMTP) options(ctx context.Context) []gomail.Option {
	left := time.Minute
	if end, ok := ctx.Deadline(); ok {
		left = max(time.Until(end), time.Millisecond)
	}
	o := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(left), gomail.WithHELO(s.Hello), gomail.WithTLSConfig(s.tlsConfig()),
		// Each connection carries one mail, so there is nothing to probe or reset.
		gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithDialContextFunc(func(dialing context.Context, network, _ string) (net.Conn, error) {
			return s.dial(ctx, dialing, network)
		}),
	}
	switch s.Security {
	case ImplicitTLS:
		o = append(o, gomail.WithSSL())
	case NoTLS:
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User == "" {
		return o
	}
	o = append(o, gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	switch s.Auth {
	case AuthPlain:
		return append(o, gomail.WithSMTPAuth(gomail.SMTPAuthPlain))
	case AuthLogin:
		return append(o, gomail.WithSMTPAuth(gomail.SMTPAuthLogin))
	}
	// CRAM-MD5 and NTLM are left out: over TLS, PLAIN is the stronger one.
	return append(o, gomail.WithOpportunisticSMTPAuth(
		gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
}

func (s *SMTP) tlsConfig() *tls.Config {
	c := handshake.Client(nil)
	if s.TLS != nil {
		c = s.TLS.Clone()
	}
	c.ServerName = s.Host
	return c
}

// dial connects so that the connection ends with ctx; dialing only limits connecting.
func (s *SMTP) dial(ctx, dialing context.Context, network string) (net.Conn, error) {
	raw, err := new(net.Dialer).DialContext(dialing, network, net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = raw.Close() }) // usually closed already
	end, ok := ctx.Deadline()
	if !ok {
		end = time.Now().Add(time.Minute)
	}
	conn := net.Conn(boundConn{raw, end})
	if s.Security == ImplicitTLS {
		secured := tls.Client(conn, s.tlsConfig())
		if err := secured.HandshakeContext(dialing); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		conn = secured
	}
	return conn, nil
}

// boundConn is a connection whose deadlines cannot be set later than an end. The library
// sets them anew at each step, so that a slow server could otherwise hold the connection
// for ever.
type boundConn struct {
	net.Conn
	end time.Time
}

func (c boundConn) SetDeadline(t time.Time) error {
	if t.IsZero() || t.After(c.end) {
		t = c.end
	}
	return c.Conn.SetDeadline(t)
}

// judge says whether another try could succeed. A permanent refusal of this recipient or
// mail is final. All other errors are retried, a refused password or sender too, because
// the operator or time can fix them.
func (s *SMTP) judge(err error) error {
	if err == nil {
		return &Failure{Why: "the mail server did not take the mail"}
	}
	why := err.Error()
	if s.Password != "" {
		why = strings.ReplaceAll(why, s.Password, "[left out]")
	}
	f := &Failure{Why: why}
	var refused *gomail.SendError
	if errors.As(err, &refused) {
		switch refused.Reason {
		case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
			code := refused.ErrorCode()
			const signInFirst = 530
			f.Permanent = code >= 500 && code != signInFirst
		}
	}
	return f
}
